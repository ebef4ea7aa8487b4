/**
 * Edits by which wasm3 0.5 compiles modules to half as much code: units of 16 bits in place of pointers (engine/pack.h).
 * Measured on rv32: 2.2 bytes for a byte of WebAssembly code in place of 4; ML-DSA takes 4 % more instructions.
 */
import type { Edit } from './wasm3-source.ts';

const EXEC = 'm3_exec.h';
const DEFS = 'm3_exec_defs.h';
const COMPILE = 'm3_compile.c';

const edit = (file: string, name: string, find: string, replace: string, times = 1): Edit => ({
  name,
  file,
  versions: ['0.5'],
  find,
  replace,
  ...(times > 1 && { times }),
});

export const PACKING: readonly Edit[] = [
  edit(
    'm3_core.h',
    'units of 16 bits',
    'typedef void /*const*/ *                    code_t;\n',
    '#include "pack.h"\ntypedef u16                                 code_t;\n',
  ),
  edit(
    'm3_core.h',
    'room for the longest operation and the bridge',
    '#define d_m3CodePageFreeLinesThreshold      4+2 ',
    '#define d_m3CodePageFreeLinesThreshold      (MOTE_LONGEST_UNITS + MOTE_BRIDGE_UNITS) ',
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
    '# define rewrite_op(OP)             * (code_t *) (_pc-1) = MOTE_UNIT (OP)\n\n' +
      '# define immediate(TYPE)            (_pc += MOTE_UNITS_OF (TYPE), MOTE_TAKE (TYPE, _pc - MOTE_UNITS_OF (TYPE)))\n' +
      '# define skip_immediate(TYPE)       (_pc += MOTE_UNITS_OF (TYPE))\n\n' +
      '# define slot(TYPE)                 * (TYPE *) ((u8 *) _sp + * _pc++)\n' +
      '# define slot_ptr(TYPE)             (TYPE *) ((u8 *) _sp + * _pc++)\n',
  ),
  edit(
    // A few words, in most functions: less than it takes to call memset() and memcpy().
    EXEC,
    'prepare a frame in words',
    '        memset (stack, 0x0, function->numLocalBytes);\n        stack += function->numLocalBytes;\n\n' +
      '        if (function->constants)\n        {\n            memcpy (stack, function->constants, function->numConstantBytes);\n        }\n',
    '        u32 * word = (u32 *) stack;\n        u32 * end = (u32 *) (stack + function->numLocalBytes);\n' +
      '        while (word < end) { * word++ = 0; MOTE_KEEP_LOOP; }\n' +
      '        const u32 * constant = function->constants;\n        end = word + function->numConstantBytes / sizeof (u32);\n' +
      '        while (word < end) { * word++ = * constant++; MOTE_KEEP_LOOP; }\n',
  ),
  edit(
    EXEC,
    'a frame in bytes',
    '    m3stack_t sp = _sp + stackOffset;\n',
    '    m3stack_t sp = (m3stack_t) ((u8 *) _sp + stackOffset);\n',
    2,
  ),
  edit(
    EXEC,
    'read the address of an import',
    '    M3RawCall call = (M3RawCall) (* _pc++);\n',
    '    M3RawCall call = immediate (M3RawCall);\n',
  ),
  edit(
    EXEC,
    'write the address of a compiled function',
    '        * ((void**) --_pc) = (void*) (function->compiled);\n',
    '        mote_put_pointer (_pc -= MOTE_POINTER_UNITS, function->compiled);\n',
  ),
  edit(
    EXEC,
    'read where to branch',
    '    jumpOp (* _pc);\n',
    '    pc_t target = immediate (pc_t);\n    jumpOp (target);\n',
  ),
  edit(
    EXEC,
    'read the table of a branch',
    '    pc_t * branches = (pc_t *) _pc;\n',
    '    const code_t * branches = _pc;\n',
  ),
  edit(
    EXEC,
    'read where a table branches',
    '    jumpOp (branches [branchIndex]);\n',
    '    pc_t target = mote_take_pointer (branches + branchIndex * MOTE_POINTER_UNITS);\n    jumpOp (target);\n',
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
    // A constant offset past 16 bits is past the only page of a memory, whatever the address.
    EXEC,
    'an operation for offsets past the memory',
    'd_m3Op  (Unreachable)\n',
    'd_m3Op  (OutOfBounds)\n{\n    newTrap (m3Err_trapOutOfBoundsMemoryAccess);\n}\n\nd_m3Op  (Unreachable)\n',
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
    'write an operation',
    'static M3_NOINLINE\nM3Result  EnsureCodePageNumLines  (IM3Compilation o, u32 i_numLines)\n',
    '// Unreachable code has operations that are none.\n' +
      'static M3_NOINLINE\nM3Result  EmitOperation  (IM3CodePage i_page, IM3Operation i_operation)\n{\n' +
      '#ifdef MOTE_OPERATIONS\n    const char * _operations = mote_operations;\n#endif\n' +
      '    IM3Operation op = i_operation ? i_operation : op_Unreachable;\n' +
      '    code_t unit = MOTE_UNIT (op);\n' +
      '    if (MOTE_OPERATION (unit) != op) return "operation out of reach";\n' +
      '    i_page->code [i_page->info.lineIndex++] = unit;\n    return m3Err_none;\n}\n\n' +
      'static M3_NOINLINE\nM3Result  EnsureCodePageNumLines  (IM3Compilation o, u32 i_numLines)\n',
  ),
  edit(
    COMPILE,
    'room for a bridge',
    '    i_numLines += 2; // room for Bridge\n',
    '    i_numLines += MOTE_BRIDGE_UNITS;\n',
  ),
  edit(
    COMPILE,
    'write the bridge',
    '            EmitWord (o->page, op_Branch);\n',
    '            result = EmitOperation (o->page, op_Branch);\n',
  ),
  edit(
    COMPILE,
    'write operations',
    '            EmitWord (o->page, i_operation);\n',
    '            result = EmitOperation (o->page, i_operation);\n',
  ),
  edit(
    COMPILE,
    'write an offset or a count',
    '        EmitWord32 (o->page, i_immediate);\n',
    '        o->page->code [o->page->info.lineIndex++] = (code_t) i_immediate;\n',
  ),
  edit(
    COMPILE,
    'write a slot in bytes',
    '        EmitWord32 (o->page, i_offset);\n',
    '        o->page->code [o->page->info.lineIndex++] = (code_t) (i_offset * sizeof (m3slot_t));\n',
  ),
  edit(
    COMPILE,
    'patch branches',
    '        pc_t next = * (pc_t *) patches;\n        * (pc_t *) patches = pc;\n',
    '        pc_t next = mote_take_pointer (patches);\n        mote_put_pointer (patches, pc);\n',
  ),
  edit(
    COMPILE,
    'patch the branch over a prologue: place',
    'pc_t * jumpTo = (pc_t *) ReservePointer (o);\n',
    'pc_t jumpTo = ReservePointer (o);\n',
  ),
  edit(COMPILE, 'patch the branch over a prologue: none', 'pc_t * jumpTo = NULL;\n', 'pc_t jumpTo = NULL;\n'),
  edit(
    COMPILE,
    'patch the branch over a prologue: the other place',
    " isn't taken\n                jumpTo = (pc_t *) ReservePointer (o);\n",
    " isn't taken\n                jumpTo = ReservePointer (o);\n",
  ),
  edit(
    COMPILE,
    'patch the branch over a prologue',
    '* jumpTo = GetPC (o);\n',
    'mote_put_pointer (jumpTo, GetPC (o));\n',
    2,
  ),
  edit(
    COMPILE,
    'patch an if: place',
    '    pc_t * pc = (pc_t *) ReservePointer (o);\n',
    '    pc_t pc = ReservePointer (o);\n',
  ),
  edit(COMPILE, 'patch an if', 'else * pc = GetPC (o);\n', 'else mote_put_pointer (pc, GetPC (o));\n'),
  edit(
    COMPILE,
    'patch an else: place',
    'M3Result  CompileElseBlock  (IM3Compilation o, pc_t * o_startPC, IM3FuncType i_blockType)\n',
    'M3Result  CompileElseBlock  (IM3Compilation o, pc_t o_startPC, IM3FuncType i_blockType)\n',
  ),
  edit(
    COMPILE,
    'patch an else',
    '    * o_startPC = GetPagePC (elsePage);\n',
    '    mote_put_pointer (o_startPC, GetPagePC (elsePage));\n',
  ),
  edit(
    COMPILE,
    'room for the table of a branch',
    '    u32 numCodeLines = targetCount + 4; // 3 => IM3Operation + slot + target_count + default_target\n' +
      '_   (EnsureCodePageNumLines (o, numCodeLines));\n',
    '    _throwif (m3Err_mallocFailedCodePage, targetCount > 0xfffe);\n' +
      '    u32 numCodeLines = (targetCount + 1) * MOTE_POINTER_UNITS + 3 + d_m3CodePageFreeLinesThreshold;\n' +
      '_   (EnsureCodePageNumLines (o, numCodeLines));\n',
  ),
  edit(
    COMPILE,
    'trap at an offset past the memory',
    '_   (Compile_Operator (o, i_opcode));\n\n    EmitConstant32 (o, memoryOffset);\n',
    '    if (memoryOffset > 0xffff)\n_       (EmitOp (o, op_OutOfBounds));\n' +
      '_   (Compile_Operator (o, i_opcode));\n\n    EmitConstant32 (o, memoryOffset);\n',
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
