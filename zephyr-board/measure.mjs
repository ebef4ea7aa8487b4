// What a run on qemu_riscv32 took: node zephyr-board/measure.mjs <zephyr.elf> <memory file of run.mjs>
//
// Zephyr paints its stacks (CONFIG_INIT_STACKS) and counts its heap (CONFIG_SYS_HEAP_RUNTIME_STATS); both stand in the file.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const RAM_AT = 0x80000000;
const PAINT = 0xaa;
/** struct z_heap (lib/os/heap.h) at the start of the arena: two words of the first chunk, end, buckets, free, used, most used. */
const MOST_USED = 24;
const STACKS = ['z_main_stack', 'mqtt_stack', 'radio_stack'];

const [image, memory] = process.argv.slice(2);
if (!memory) {
  process.stderr.write('measure.mjs <zephyr.elf> <memory file>\n');
  process.exit(2);
}
const bytes = readFileSync(memory);
const symbols = new Map(
  execFileSync('riscv64-unknown-elf-nm', ['-S', image], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.split(/ +/))
    .filter((fields) => fields.length === 4)
    .map(([at, size, , name]) => [name, { at: Number.parseInt(at, 16) - RAM_AT, size: Number.parseInt(size, 16) }]),
);
const lines = [];
const arena = symbols.get('malloc_arena');
if (arena) lines.push(['heap', bytes.readUInt32LE(arena.at + MOST_USED), arena.size]);
for (const name of STACKS) {
  const stack = symbols.get(name);
  if (!stack) continue;
  const cells = bytes.subarray(stack.at, stack.at + stack.size);
  // The memory protection keeps its guard at the low end, and what stands there is not painted.
  let deepest = cells.indexOf(PAINT);
  while (cells[deepest] === PAINT) deepest++;
  lines.push([name, stack.size - deepest, stack.size]);
}
for (const [name, used, size] of lines)
  process.stdout.write(`${name.padEnd(16)} ${String(used).padStart(8)} of ${size}\n`);
