/** A board as constants for modules: `import { board } from 'motekit/runtime/guest/boards/a0'`. */
import type { BoardDescription, BusDescription } from './description.ts';

export function boardConstants(board: BoardDescription): string {
  const kinds = [...new Set(board.buses.map(({ kind }) => kind))];
  const blocks = kinds.map((kind) => {
    const buses = board.buses.filter((bus) => bus.kind === kind);
    return block(kind === 'onewire' ? 'oneWire' : kind, buses.map(busConstants).join('\n'));
  });
  const pins = board.pins.map(({ name, gpio, direction, use }) => constant(camel(name), gpio, `${use}; ${direction}`));
  if (pins.length > 0) blocks.push(block('pin', pins.join('\n')));
  return `// Generated from runtime/boards/${board.name}.json. Do not edit.

/** ${board.title}: numbers of the contract's buses, and of pins. */
export namespace board {
${indent(blocks.join('\n\n'))}
}
`;
}

function busConstants({ name, unit, use, pins, lines }: BusDescription): string {
  const where = Object.entries(pins).map(([signal, gpio]) => `${signal.toUpperCase()} ${gpio}`);
  const own = constant(camel(name), unit, [use, ...where].join('; '));
  if (lines.length === 0) return own;
  const inner = lines.map(({ name, gpio, use }, at) => constant(camel(name), at, `${use}; GPIO${gpio}`));
  return `${own}\n${block(`${camel(name)}Line`, inner.join('\n'))}`;
}

const constant = (name: string, value: number, doc: string) => `/** ${doc} */\nexport const ${name}: u32 = ${value};`;
const block = (name: string, inner: string) => `export namespace ${name} {\n${indent(inner)}\n}`;
const indent = (text: string) => text.replace(/^(?=.)/gm, '  ');
const camel = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
