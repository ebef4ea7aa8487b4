/**
 * Edits by which wasm3 0.5 compiles modules to much less code: units of 16 bits in place of pointers, slots in pairs (engine/pack.h).
 * Measured on rv32 with wasm3-place.ts and wasm3-fuse.ts: 1.6 bytes for a byte of WebAssembly code in place of 4.2.
 */
import { type Edit, oldEdit as edit } from './wasm3-edit.ts';

const EXEC = 'm3_exec.h';
const DEFS = 'm3_exec_defs.h';
const COMPILE = 'm3_compile.c';

const UNITS: readonly Edit[] = [
  edit(
    'm3_core.h',
    'units of 16 bits',
    'typedef void /*const*/ *                    code_t;\n',
    '#include "pack.h"\ntypedef u16                                 code_t;\n',
  ),
  edit(
    'm3_core.h',
    'room for the longest operation',
    '#define d_m3CodePageFreeLinesThreshold      4+2 ',
    '#define d_m3CodePageFreeLinesThreshold      MOTE_LONGEST_UNITS ',
  ),
  edit(
    DEFS,
    'put operations into one section',
    'M3_NO_UBSAN d_m3RetSig op_##NAME (d_m3OpSig)\n',
    'M3_NO_UBSAN MOTE_OPERATION_SECTION d_m3RetSig op_##NAME (d_m3OpSig)\n',
  ),
  edit(
    // The assembler text of a file comes before its functions.
    COMPILE,
    'name the begin of the section',
    '#define M3_COMPILE_OPCODES\n',
    '#define M3_COMPILE_OPCODES\n\n#ifndef __wasm__\n' +
      '__asm__ (".section .text.mote_operations,\\"ax\\"\\n.balign 16\\n.globl mote_operations\\nmote_operations:\\n.previous");\n#endif\n',
  ),
  edit(
    DEFS,
    'hand the begin of the operations on: parameter',
    'm3reg_t _r0\n',
    'm3reg_t _r0 MOTE_OPERATIONS_PARAMETER\n',
  ),
  edit(
    DEFS,
    'hand the begin of the operations on: argument',
    '_sp, _mem, _r0\n# define d_m3BaseOpAllArgs              _pc, _sp, _mem, _r0\n# define d_m3BaseOpDefaultArgs          0\n',
    '_sp, _mem, _r0 MOTE_OPERATIONS_ARGUMENT\n' +
      '# define d_m3BaseOpAllArgs              _pc, _sp, _mem, _r0 MOTE_OPERATIONS_ARGUMENT\n' +
      '# define d_m3BaseOpDefaultArgs          0 MOTE_OPERATIONS_FIRST\n',
  ),
  edit(
    DEFS,
    'find the next operation',
    '#define nextOpImpl()                ((IM3Operation)(* _pc))(_pc + 1, d_m3OpArgs)\n' +
      '#define jumpOpImpl(PC)              ((IM3Operation)(*  PC))( PC + 1, d_m3OpArgs)\n',
    '#define nextOpImpl()                MOTE_OPERATION (* _pc)(_pc + 1, d_m3OpArgs)\n' +
      '#define jumpOpImpl(PC)              MOTE_OPERATION (*  PC)( PC + 1, d_m3OpArgs)\n',
  ),
  edit(
    EXEC,
    'read units',
    '# define rewrite_op(OP)             * ((void **) (_pc-1)) = (void*)(OP)\n\n' +
      '# define immediate(TYPE)            * ((TYPE *) _pc++)\n# define skip_immediate(TYPE)       (_pc++)\n\n' +
      '# define slot(TYPE)                 * (TYPE *) (_sp + immediate (i32))\n' +
      '# define slot_ptr(TYPE)             (TYPE *) (_sp + immediate (i32))\n',
    '# define immediate(TYPE)            (_pc += MOTE_UNITS_OF (TYPE), MOTE_TAKE (TYPE, _pc - MOTE_UNITS_OF (TYPE)))\n\n' +
      '# define slot(TYPE)                 * slot_ptr (TYPE)\n' +
      '# define slot_ptr(TYPE)             (TYPE *) ((u8 *) _sp + * _pc++)\n' +
      '# define first_slot(TYPE)           * first_slot_ptr (TYPE)\n' +
      '# define first_slot_ptr(TYPE)       (TYPE *) (_sp + ((const u8 *) _pc) [0])\n' +
      '# define second_slot(TYPE)          * second_slot_ptr (TYPE)\n' +
      '# define second_slot_ptr(TYPE)      (TYPE *) (_sp + ((const u8 *) ++_pc) [-1])\n',
  ),
  edit(
    EXEC,
    'a frame in bytes',
    '    m3stack_t sp = _sp + stackOffset;\n',
    '    m3stack_t sp = (m3stack_t) ((u8 *) _sp + stackOffset);\n',
    { times: 2 },
  ),
  edit(
    EXEC,
    'read the address of an import',
    '    M3RawCall call = (M3RawCall) (* _pc++);\n',
    '    M3RawCall call = immediate (M3RawCall);\n',
  ),
  edit(
    EXEC,
    'read a constant of 32 bits',
    '    u32 value = * (u32 *)_pc++;\n',
    '    u32 value;\n    memcpy (& value, _pc, sizeof (value));\n    _pc += sizeof (value) / sizeof (code_t);\n',
  ),
  edit(
    EXEC,
    'read a constant of 64 bits',
    '    u64 value = * (u64 *)_pc;\n    _pc += (M3_SIZEOF_PTR == 4) ? 2 : 1;\n',
    '    u64 value;\n    memcpy (& value, _pc, sizeof (value));\n    _pc += sizeof (value) / sizeof (code_t);\n',
  ),
  edit(
    'm3_code.c',
    'write units',
    '    i_page->code [i_page->info.lineIndex++] = i_word;\n',
    '    mote_put_pointer (& i_page->code [i_page->info.lineIndex], i_word);\n' +
      '    i_page->info.lineIndex += MOTE_POINTER_UNITS;\n',
  ),
  edit(
    'm3_code.c',
    'write a constant of 32 bits',
    '    memcpy (& i_page->code[i_page->info.lineIndex++], & i_word, sizeof(i_word));\n',
    '    memcpy (& i_page->code[i_page->info.lineIndex], & i_word, sizeof(i_word));\n' +
      '    i_page->info.lineIndex += sizeof(i_word) / sizeof(code_t);\n',
  ),
  edit(
    'm3_code.c',
    'write a constant of 64 bits',
    '#if M3_SIZEOF_PTR == 4\n',
    '#if 1\n    memcpy (& i_page->code[i_page->info.lineIndex], & i_word, sizeof(i_word));\n' +
      '    i_page->info.lineIndex += sizeof(i_word) / sizeof(code_t);\n#elif M3_SIZEOF_PTR == 4\n',
  ),

  edit(
    COMPILE,
    'room for an import',
    'AcquireCodePageWithCapacity (io_module->runtime, 4);\n',
    'AcquireCodePageWithCapacity (io_module->runtime, 1 + 3 * MOTE_POINTER_UNITS);\n',
  ),
  edit(
    COMPILE,
    'write the call of an import',
    '        EmitWord (page, op_CallRawFunction);\n',
    '        M3Result result = EmitOperation (page, op_CallRawFunction);\n',
  ),
  edit(
    COMPILE,
    'tell when an import is out of reach',
    '        EmitWord (page, i_userdata);\n\n        ReleaseCodePage (io_module->runtime, page);\n        return m3Err_none;\n',
    '        EmitWord (page, i_userdata);\n\n        ReleaseCodePage (io_module->runtime, page);\n        return result;\n',
  ),
];

/** Two slots that follow each other share a unit: all operations that read two or three. */
const PAIRS: readonly Edit[] = [
  edit(
    EXEC,
    'two operands',
    '    TYPE operand2 = slot (TYPE);                        \\\n    TYPE operand1 = slot (TYPE);                        \\\n',
    '    TYPE operand2 = first_slot (TYPE);                  \\\n    TYPE operand1 = second_slot (TYPE);                 \\\n',
  ),
  edit(
    EXEC,
    'a number to convert, and where it goes',
    '    FROM * stack = slot_ptr (FROM);                 \\\n    TYPE * dest = slot_ptr (TYPE);                  \\\n',
    '    FROM * stack = first_slot_ptr (FROM);           \\\n    TYPE * dest = second_slot_ptr (TYPE);           \\\n',
  ),
  edit(
    EXEC,
    'an integer to convert, and where it goes',
    '    FROM from = slot (FROM);                                \\\n    slot (TO) = (TO) (from);                                \\\n',
    '    FROM from = first_slot (FROM);                          \\\n    second_slot (TO) = (TO) (from);                         \\\n',
  ),
  edit(
    EXEC,
    'bits to reinterpret, and where they go',
    '    u.c = slot (FROM);                                      \\\n    slot (TO) = u.t;                                        \\\n',
    '    u.c = first_slot (FROM);                                \\\n    second_slot (TO) = u.t;                                 \\\n',
  ),
  edit(
    EXEC,
    'memory to copy',
    '    u64 source = slot (u32);\n    u64 destination = slot (u32);\n',
    '    u64 source = first_slot (u32);\n    u64 destination = second_slot (u32);\n',
  ),
  edit(
    EXEC,
    'memory to fill',
    '    u32 byte = slot (u32);\n    u64 destination = slot (u32);\n',
    '    u32 byte = first_slot (u32);\n    u64 destination = second_slot (u32);\n',
  ),
  edit(
    EXEC,
    'a slot to set, and where its value goes',
    '    TYPE * stack     = slot_ptr (TYPE); \\\n    TYPE * preserve  = slot_ptr (TYPE); \\\n',
    '    TYPE * stack     = first_slot_ptr (TYPE);   \\\n    TYPE * preserve  = second_slot_ptr (TYPE);  \\\n',
  ),
  ...(['u32', 'u64'] as const).flatMap((type) => [
    edit(
      EXEC,
      `copy a slot of ${type}`,
      `    ${type} * dst = slot_ptr (${type});\n    ${type} * src = slot_ptr (${type});\n`,
      `    ${type} * dst = first_slot_ptr (${type});\n    ${type} * src = second_slot_ptr (${type});\n`,
    ),
    edit(
      EXEC,
      `copy a slot of ${type}, and where its value goes`,
      `    ${type} * dest      = slot_ptr (${type});\n    ${type} * src       = slot_ptr (${type});\n`,
      `    ${type} * dest      = first_slot_ptr (${type});\n    ${type} * src       = second_slot_ptr (${type});\n`,
    ),
  ]),
  edit(
    EXEC,
    'select by the register',
    '    i32 condition = (i32) _r0;                  \\\n                                                \\\n' +
      '    TYPE operand2 = slot (TYPE);                \\\n    TYPE operand1 = slot (TYPE);                \\\n',
    '    i32 condition = (i32) _r0;                  \\\n                                                \\\n' +
      '    TYPE operand2 = first_slot (TYPE);          \\\n    TYPE operand1 = second_slot (TYPE);         \\\n',
  ),
  edit(
    EXEC,
    'select the register or a slot',
    '    i32 condition = slot (i32);                 \\\n                                                \\\n' +
      '    TYPE operand2 = (TYPE) REG;                 \\\n    TYPE operand1 = slot (TYPE);                \\\n',
    '    i32 condition = first_slot (i32);           \\\n                                                \\\n' +
      '    TYPE operand2 = (TYPE) REG;                 \\\n    TYPE operand1 = second_slot (TYPE);         \\\n',
  ),
  edit(
    EXEC,
    'select a slot or the register',
    '    i32 condition = slot (i32);                 \\\n                                                \\\n' +
      '    TYPE operand2 = slot (TYPE);                \\\n    TYPE operand1 = (TYPE) REG;                 \\\n',
    '    i32 condition = first_slot (i32);           \\\n                                                \\\n' +
      '    TYPE operand2 = second_slot (TYPE);         \\\n    TYPE operand1 = (TYPE) REG;                 \\\n',
  ),
  edit(
    EXEC,
    'select a slot or a slot',
    '    i32 condition = slot (i32);                 \\\n                                                \\\n' +
      '    TYPE operand2 = slot (TYPE);                \\\n    TYPE operand1 = slot (TYPE);                \\\n',
    '    i32 condition = first_slot (i32);           \\\n                                                \\\n' +
      '    TYPE operand2 = second_slot (TYPE);         \\\n    TYPE operand1 = slot (TYPE);                \\\n',
  ),
  edit(
    // A and B read two slots, C one: with the selector in a slot, they begin in the middle of a unit.
    EXEC,
    'select numbers',
    '#define d_m3Select_f(TYPE, REG, LABEL, SELECTOR)  \\\n',
    '#define d_m3Select_f(TYPE, REG, LABEL, SELECTOR, A, B, C)  \\\n',
  ),
  edit(
    EXEC,
    'select numbers: two slots',
    '    i32 condition = (i32) SELECTOR;             \\\n                                                \\\n' +
      '    TYPE operand2 = slot (TYPE);                \\\n    TYPE operand1 = slot (TYPE);                \\\n',
    '    i32 condition = (i32) SELECTOR;             \\\n                                                \\\n' +
      '    TYPE operand2 = A (TYPE);                   \\\n    TYPE operand1 = B (TYPE);                   \\\n',
  ),
  edit(
    EXEC,
    'select numbers: the register or a slot',
    '    i32 condition = (i32) SELECTOR;             \\\n                                                \\\n' +
      '    TYPE operand2 = (TYPE) REG;                 \\\n    TYPE operand1 = slot (TYPE);                \\\n',
    '    i32 condition = (i32) SELECTOR;             \\\n                                                \\\n' +
      '    TYPE operand2 = (TYPE) REG;                 \\\n    TYPE operand1 = C (TYPE);                   \\\n',
  ),
  edit(
    EXEC,
    'select numbers: a slot or the register',
    '    i32 condition = (i32) SELECTOR;             \\\n                                                \\\n' +
      '    TYPE operand2 = slot (TYPE);                \\\n    TYPE operand1 = (TYPE) REG;                 \\\n',
    '    i32 condition = (i32) SELECTOR;             \\\n                                                \\\n' +
      '    TYPE operand2 = C (TYPE);                   \\\n    TYPE operand1 = (TYPE) REG;                 \\\n',
  ),
  ...(['f32', 'f64'] as const).map((type) =>
    edit(
      EXEC,
      `select numbers of ${type}`,
      `d_m3Select_f (${type}, _fp0, r, _r0)\nd_m3Select_f (${type}, _fp0, s, slot (i32))\n`,
      `d_m3Select_f (${type}, _fp0, r, _r0, first_slot, second_slot, slot)\n` +
        `d_m3Select_f (${type}, _fp0, s, first_slot (i32), second_slot, slot, second_slot)\n`,
    ),
  ),
];

const IN_REGISTER = '    u64 operand = (u32) _r0;';
const IN_SLOT = '    u64 operand = slot (u32);';
const OFFSET = '    u32 offset = immediate (u32);';
const VALUE = '    const SRC_TYPE value = slot (SRC_TYPE);';

/** How an operation takes its address, and checks it: in 32 bits. */
function address(name: string, type: string, operands: readonly string[], also = (text: string) => text): Edit {
  const macro = (...lines: string[]) => lines.map((line) => `${line.padEnd(56)}\\\n`).join('');
  const check = ['', '    if (m3MemCheck('];
  return edit(
    EXEC,
    name,
    macro(...operands, '    operand += offset;', ...check, `        operand + sizeof (${type}) <= _mem->length`),
    macro(
      ...operands.map((line) => also(line.replace('u64', 'u32'))),
      ...check,
      '        operand < _mem->length and',
      `        (operand += offset) + sizeof (${type}) <= _mem->length`,
    ),
  );
}

/** A memory has at most one page: sums of an address in it and an offset of 16 bits fit 32 bits. */
const MEMORY: readonly Edit[] = [
  edit(
    // A constant offset past 16 bits is past the only page of a memory, whatever the address.
    EXEC,
    'an operation for offsets past the memory',
    'd_m3Op  (Unreachable)\n',
    'd_m3Op  (OutOfBounds)\n{\n    newTrap (m3Err_trapOutOfBoundsMemoryAccess);\n}\n\nd_m3Op  (Unreachable)\n',
  ),
  edit(
    COMPILE,
    'trap at an offset past the memory',
    '_   (Compile_Operator (o, i_opcode));\n\n    EmitConstant32 (o, memoryOffset);\n',
    '    if (memoryOffset > 0xffff)\n_       (EmitOp (o, op_OutOfBounds));\n' +
      '_   (Compile_Operator (o, i_opcode));\n\n    EmitConstant32 (o, memoryOffset);\n',
  ),
  address('a load, its address in the register', 'SRC_TYPE', [OFFSET, IN_REGISTER]),
  address('a load, its address in a slot', 'SRC_TYPE', [IN_SLOT, OFFSET]),
  address('a store of the register', 'DEST_TYPE', ['    d_m3TracePrepare', IN_SLOT, OFFSET]),
  address('a store of a slot to the address in the register', 'DEST_TYPE', [VALUE, IN_REGISTER, OFFSET]),
  address('a store of a slot to the address in a slot', 'DEST_TYPE', [VALUE, IN_SLOT, OFFSET], (text) =>
    text.replace('= slot (SRC_TYPE)', '= first_slot (SRC_TYPE)').replace('= slot (u32)', '= second_slot (u32)'),
  ),
  address('a store of a number', 'TYPE', [IN_REGISTER, OFFSET]),
  edit(
    EXEC,
    'load words as words',
    'memcpy(&value, src8, sizeof(value));',
    'MOTE_COPY (&value, src8, sizeof (value));',
    {
      times: 2,
    },
  ),
  edit(EXEC, 'store words as words', 'memcpy(mem8, &val, sizeof(val));', 'MOTE_COPY (mem8, &val, sizeof (val));', {
    times: 4,
  }),
];

export const PACKING: readonly Edit[] = [...UNITS, ...PAIRS, ...MEMORY];
