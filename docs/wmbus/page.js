// The page: text fields in, a table out. The decoder is wmbus.wasm beside this file, as the build makes it.
const byId = (id) => document.getElementById(id);

/** The exports of world wmbus-codec (runtime/abi/mote.wit). */
const { instance } = await WebAssembly.instantiate(await (await fetch('wmbus.wasm')).arrayBuffer(), {});
const { memory, decode, cabi_realloc, arena_reset } = instance.exports;

function place(bytes) {
  const at = cabi_realloc(0, 0, 1, bytes.length);
  new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
  return at;
}

/** The decoder's JSON text. */
function decodeBytes(telegram, key) {
  const answer = decode(place(telegram), telegram.length, place(key), key.length);
  const [at, length] = new Uint32Array(memory.buffer.slice(answer, answer + 8));
  const text = new TextDecoder().decode(new Uint8Array(memory.buffer, at, length));
  arena_reset();
  return text;
}

/** Bytes of hexadecimal digits; blanks may stand between them. */
function fromHex(text, what, most) {
  const digits = text.replace(/\s/g, '');
  if (/[^0-9a-f]/i.test(digits)) throw new Error(`The ${what} has characters that are no hexadecimal digits.`);
  if (digits.length % 2) throw new Error(`The ${what} has an odd number of digits.`);
  if (digits.length > 2 * most) throw new Error(`The ${what} is longer than ${most} bytes.`);
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
  const table = element('table', '', result);
  const head = element('tr', '', table);
  for (const title of ['Quantity', 'Value', 'Unit', 'Function', 'Storage', 'Tariff', 'Bytes'])
    element('th', title, head);
  for (const { quantity, modifiers = [], value, unit, function: f, storage, tariff, dib, vib, raw } of records) {
    const row = element('tr', '', table);
    const cells = [[quantity, ...modifiers].join(' '), value ?? '–', unit, f, storage, tariff, `${dib} ${vib} ${raw}`];
    for (const cell of cells) element('td', String(cell), row);
  }
}

function run() {
  const result = byId('result');
  result.replaceChildren();
  byId('json').textContent = '';
  try {
    const text = decodeBytes(fromHex(byId('telegram').value, 'telegram', 1024), fromHex(byId('key').value, 'key', 16));
    byId('json').textContent = text;
    show(result, JSON.parse(text));
  } catch (error) {
    element('p', error.message, result).className = 'refused';
  }
}

byId('form').addEventListener('submit', (event) => {
  event.preventDefault();
  run();
});

// A link may bring the telegram: #telegram=…&key=… stays in the browser.
const given = new URLSearchParams(location.hash.slice(1));
if (given.has('telegram')) {
  byId('telegram').value = given.get('telegram');
  byId('key').value = given.get('key') ?? '';
  run();
}
