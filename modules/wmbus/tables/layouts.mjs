// What manufacturers define, from text to what the layout machine (assembly/vendors.ts) and assembly/flags.ts read.

const CODINGS = {
  u1: 1,
  u2: 2,
  u3: 3,
  u4: 4,
  i2: 0x12,
  i4: 0x14,
  bcd4: 0x24,
  q2: 0x32,
  q4: 0x34,
  t4: 0x44,
  n4: 0x54,
  d3: 0x63,
  h2: 0x72,
};
const OPS = {
  end: 0,
  at: 1,
  skip: 2,
  num: 3,
  sum: 4,
  date: 5,
  dateG: 6,
  when: 7,
  mask: 8,
  repeat: 9,
  prios: 10,
  tags: 11,
  decrypt: 12,
  seconds: 13,
  hours: 14,
  less: 15,
  dateBcd: 16,
  map: 17,
  vif: 18,
  expect: 19,
  find: 20,
};

/** Where a year begins, 255: nowhere; 40h with it when it has five bits instead of six. */
const yearAt = (text) => (text === '-' ? 255 : Number.parseInt(text, 10) | (text.endsWith(':5') ? 0x40 : 0));

/** The layouts of vendors.txt as bytecode: each `for` (manufacturer, version, type, where), then length and program; manufacturer 0 ends. */
export function vendorCode(text, quantities, units) {
  const code = [];
  let targets = [];
  let program = [];
  const byte = (text) => Number(text) & 255;
  const flush = () => {
    if (program.length > 255) throw new Error('a layout is too long');
    targets.forEach((target, i) => {
      // All but the last share the program that follows: length 0.
      code.push(...target, ...(i < targets.length - 1 ? [0] : [program.length, ...program]));
    });
    targets = [];
    program = [];
  };
  text.split('\n').forEach((line, i) => {
    const [word, ...args] = line.trim().split(/ +/);
    if (!word || word.startsWith('#')) return;
    const at = `vendors.txt:${i + 1}`;
    if (word === 'layout') flush();
    else if (word === 'for') {
      const [mfr, version, type, where] = args;
      const any = (text) => (text === '*' ? 255 : Number.parseInt(text, 16));
      targets.push([
        ...manufacturer(mfr),
        any(version),
        any(type),
        where === 'tail' ? 1 : where === 'record' ? 2 : any(where),
      ]);
    } else if (word === 'num') {
      const [coding, exp, quantity, unit, storage] = args;
      if (!CODINGS[coding]) throw new Error(`${at}: no coding ${coding}`);
      if (quantity !== 'vif' && !quantities.list.includes(quantity)) throw new Error(`${at}: no quantity ${quantity}`);
      if (unit !== '-' && !units.list.includes(unit)) throw new Error(`${at}: no unit ${unit}`);
      program.push(OPS.num, CODINGS[coding], byte(exp));
      program.push(quantity === 'vif' ? 0 : quantities.of(quantity), units.of(unit), byte(storage));
    } else if (word === 'date') {
      if (args[0] === 'G') program.push(OPS.dateG, byte(args[1]));
      else if (args[0] === 'bcd') program.push(OPS.dateBcd, byte(args[1]));
      else program.push(OPS.date, byte(args[0]), byte(args[1]), yearAt(args[2]), byte(args[3]));
    } else if (word === 'less') {
      if (!CODINGS[args[0]]) throw new Error(`${at}: no coding ${args[0]}`);
      program.push(OPS.less, CODINGS[args[0]], byte(args[1]));
    } else if (word === 'map') {
      const [exp, quantity, unit, storage, ...pairs] = args;
      if (!quantities.list.includes(quantity)) throw new Error(`${at}: no quantity ${quantity}`);
      if (!units.list.includes(unit)) throw new Error(`${at}: no unit ${unit}`);
      program.push(OPS.map, byte(exp), pairs.length / 2, quantities.of(quantity), units.of(unit), byte(storage));
      for (let n = 0; n < pairs.length; n += 2) program.push(Number.parseInt(pairs[n], 16), byte(pairs[n + 1]));
    } else if (word === 'expect') program.push(OPS.expect, byte(args[0]), Number.parseInt(args[1], 16));
    else if (word === 'tags') {
      const [tag, ...pairs] = args;
      program.push(OPS.tags, Number.parseInt(tag, 16), pairs.length / 2);
      for (let n = 0; n < pairs.length; n += 2) program.push(Number.parseInt(pairs[n], 16), byte(pairs[n + 1]));
    } else if (word === 'find') program.push(OPS.find, Number.parseInt(args[0], 16));
    else if (word in OPS) program.push(OPS[word], ...args.map(byte));
    else throw new Error(`${at}: no word ${word}`);
  });
  flush();
  return [...code, 0, 0, 0, 0, 0, 0];
}

/** The names of bits.txt: each `for` (manufacturer, version, type, quantity, VIFE, number), then bit and name; manufacturer 0 ends. */
export function bitTable(text, quantities, names) {
  const code = [];
  let targets = [];
  let named = [];
  const flush = () => {
    targets.forEach((target, i) => {
      code.push(...target, ...(i < targets.length - 1 ? [0] : [named.length / 2, ...named]));
    });
    targets = [];
    named = [];
  };
  text.split('\n').forEach((line, i) => {
    const [word, ...args] = line.trim().split(/ +/);
    if (!word || word.startsWith('#')) return;
    const at = `bits.txt:${i + 1}`;
    if (word === 'for') {
      if (named.length) flush();
      const [mfr, version, type, field] = args;
      const any = (text) => (text === '*' ? 255 : Number.parseInt(text, 16));
      const behind = /^[0-9A-F]{2}$/.test(field);
      if (!behind && field !== 'status' && !quantities.list.includes(field))
        throw new Error(`${at}: no field ${field}`);
      const quantity = behind ? quantities.of('manufacturer_specific') : field === 'status' ? 0 : quantities.of(field);
      targets.push([...manufacturer(mfr), any(version), any(type), quantity, behind ? any(field) : 0]);
    } else {
      const code = /^(?:5-7=([1-7])|0-1=3)$/.exec(word);
      if (word === 'name') named.push(255, names.of(args[0]));
      else if (code) named.push(code[1] ? 0x80 | Number(code[1]) : 0xc3, names.of(args[0]));
      else if (!/^\d+$/.test(word) || Number(word) > 63 || args.length !== 1) throw new Error(`${at}: not BIT NAME`);
      else named.push(Number(word), names.of(args[0]));
    }
  });
  flush();
  return [...code, 0, 0];
}

/** The manufacturer's number (EN 62056-21), low byte first. */
function manufacturer(letters) {
  const id = [...letters].reduce((n, c) => (n << 5) | (c.charCodeAt(0) - 64), 0);
  return [id & 255, id >> 8];
}
