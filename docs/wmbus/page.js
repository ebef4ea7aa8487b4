// The page: text fields in, tables out. The decoder is wmbus.wasm beside this file, as the build makes it, and explain.js
// names every byte of a telegram from what it tells.
import { explain } from './explain.js';

const byId = (id) => document.getElementById(id);

const module = await WebAssembly.compile(await (await fetch('wmbus.wasm')).arrayBuffer());

/** A decoder that has heard nothing yet: functions on bytes over world wmbus-codec (runtime/abi/mote.wit). */
function newDecoder() {
  const { memory, decode, places, cabi_realloc, arena_reset } = new WebAssembly.Instance(module).exports;
  const place = (bytes) => {
    const at = cabi_realloc(0, 0, 1, bytes.length);
    new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
    return at;
  };
  const call = (run, telegram, key) => {
    const answer = run(place(telegram), telegram.length, place(key), key.length);
    const [at, length] = new Uint32Array(memory.buffer.slice(answer, answer + 8));
    const bytes = new Uint8Array(memory.buffer, at, length).slice();
    arena_reset();
    return bytes;
  };
  const none = new Uint8Array(0);
  return {
    decode: (telegram, key = none) => new TextDecoder().decode(call(decode, telegram, key)),
    places: (telegram, key = none) => call(places, telegram, key),
  };
}

/** Bytes of hexadecimal digits; blanks may stand between them. */
function fromHex(text, what, most) {
  const digits = text.replace(/\s/g, '');
  const at = digits.search(/[^0-9a-f]/i);
  if (at >= 0) throw new Error(`Digit ${at + 1} of the ${what} is no hexadecimal digit.`);
  if (digits.length % 2) throw new Error(`The ${what} has an odd number of digits.`);
  if (digits.length > 2 * most) throw new Error(`The ${what} is longer than ${most} bytes.`);
  if (what === 'key' && digits.length % 32) throw new Error('The key has not 32 digits.');
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function element(name, text, parent) {
  const made = document.createElement(name);
  made.textContent = text;
  parent?.append(made);
  return made;
}

/** Text alone goes into the page: what a telegram says is a stranger's. */
function show(result, { ok, error, meter, security, records }) {
  if (!ok) {
    const p = element('p', `${error.message} (${error.code}, layer ${error.layer}, byte ${error.offset})`, result);
    p.className = 'refused';
  }
  if (meter) {
    const name = `${meter.manufacturer} ${meter.id}, version ${meter.version}, ${meter.medium}`;
    const more = (meter.conditions ?? []).join(', ');
    element('h2', name, result);
    element('p', `Security mode ${security.mode}, payload ${security.payload}${more ? `; ${more}` : ''}`, result);
  }
  if (!records.length) return;
  const titles = ['Quantity', 'Value', 'Unit', 'Function', 'Storage', 'Tariff', 'Bytes'];
  const rows = records.map(({ quantity, name, modifiers = [], flags = [], value, unit, function: f, ...rest }) => [
    [name ?? quantity, ...modifiers].join(' '),
    [value ?? '–', ...flags].join(' '),
    ...[unit, f, rest.storage, rest.tariff, `${rest.dib} ${rest.vib} ${rest.raw}`],
  ]);
  table(result, titles, rows);
}

/** A table of rows below a row of titles. */
function table(parent, titles, rows) {
  const made = element('table', '', parent);
  const head = element('tr', '', made);
  for (const title of titles) element('th', title, head);
  for (const cells of rows) {
    const row = element('tr', '', made);
    for (const cell of cells) element('td', String(cell), row);
  }
  return made;
}

/** Every byte, by what it is. */
function showBytes(parent, { parts, joined, coding }) {
  if (coding) element('p', `Chips (${coding}); the frame that they carry:`, parent);
  showParts(parent, parts);
  if (!joined) return;
  element('p', 'The message out of its fragments, decrypted:', parent);
  showParts(parent, joined);
}

function showParts(parent, parts) {
  const titles = ['Byte', 'Received', 'Decrypted', 'Layer', 'Field', 'Meaning', 'Clause'];
  const rows = parts.map(({ offset, bytes, plain, layer, field, meaning, clause }) => [
    ...[offset, bytes, plain ?? '', layer, field, meaning, clause],
  ]);
  const made = table(parent, titles, rows);
  parts.forEach(({ refused }, i) => {
    if (refused) made.rows[i + 1].className = 'refused';
  });
}

function run() {
  const result = byId('result');
  result.replaceChildren();
  byId('json').textContent = '';
  byId('bytes').replaceChildren();
  try {
    const telegram = fromHex(byId('telegram').value, 'telegram', 1024);
    const key = fromHex(byId('key').value, 'key', 16);
    const lines = byId('before')
      .value.split('\n')
      .filter((line) => line.trim());
    const before = lines.map((line) => fromHex(line, 'telegram before it', 1024));
    const decoder = newDecoder();
    // What was heard before it teaches the decoder; then it is read.
    const every = explain(decoder, telegram, key, before);
    const text = decoder.decode(telegram, key);
    byId('json').textContent = text;
    show(result, JSON.parse(text));
    showBytes(byId('bytes'), every);
  } catch (error) {
    element('p', error.message, result).className = 'refused';
  }
}

byId('form').addEventListener('submit', (event) => {
  event.preventDefault();
  run();
});

// A link may bring the telegram: #telegram=…&key=…&before=… stays in the browser.
const given = new URLSearchParams(location.hash.slice(1));
if (given.has('telegram')) {
  byId('telegram').value = given.get('telegram');
  byId('key').value = given.get('key') ?? '';
  byId('before').value = given.getAll('before').join('\n');
  run();
}
