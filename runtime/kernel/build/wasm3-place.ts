/**
 * Edits by which wasm3 0.5 compiles a function to code that does not depend on its place: a branch is a distance in units, a call
 * the index of a function, a global its index; the sizes of the frame and the constants stand at the function's begin, constants of
 * 16 bits in one unit. So the page that is being written can grow and move, and shrinks when it is full.
 */
import { type Edit, oldEdit as edit } from './wasm3-edit.ts';

const EXEC = 'm3_exec.h';
const COMPILE = 'm3_compile.c';

const EMITTING: readonly Edit[] = [
  edit(
    COMPILE,
    'a place in code is its index in the buffer',
    'pc_t GetPC (IM3Compilation o)\n{\n    return GetPagePC (o->page);\n}\n',
    'u32 GetPC (IM3Compilation o)\n{\n    return o->page ? o->page->info.lineIndex : 0;\n}\n',
  ),
  edit(
    COMPILE,
    'write operations into a page that grows',
    'static M3_NOINLINE\nM3Result  EnsureCodePageNumLines ',
    `// Unreachable code has operations that are none.
static M3_NOINLINE
M3Result  EmitOperation  (IM3CodePage i_page, IM3Operation i_operation)
{
#ifdef MOTE_OPERATIONS
    const char * _operations = mote_operations;
#endif
    IM3Operation op = i_operation ? i_operation : op_Unreachable;
    code_t unit = MOTE_UNIT (op);

    if (MOTE_OPERATION (unit) != op) return "operation out of reach";
    i_page->code [i_page->info.lineIndex++] = unit;
    return m3Err_none;
}

// Functions in the page are where it is now.
static
M3Result  ResizeCodePage  (IM3Module i_module, IM3CodePage * io_page, u32 i_numLines)
{
    IM3CodePage page = * io_page;
    uintptr_t begin = (uintptr_t) GetPageStartPC (page), end = (uintptr_t) GetPagePC (page);

    page = m3_Realloc ("code", page, sizeof (M3CodePageHeader) + i_numLines * sizeof (code_t),
                       sizeof (M3CodePageHeader) + page->info.numLines * sizeof (code_t));
    if (not page) return m3Err_mallocFailedCodePage;

    page->info.numLines = i_numLines;
    * io_page = page;

    for (u32 i = 0; i < i_module->numFunctions; ++i)
    {
        uintptr_t compiled = (uintptr_t) i_module->functions [i].compiled;
        if (compiled >= begin and compiled < end)
            i_module->functions [i].compiled = GetPageStartPC (page) + (compiled - begin) / sizeof (code_t);
    }

    return m3Err_none;
}

static M3_NOINLINE
M3Result  EnsureCodePageNumLines  (IM3Compilation o, u32 i_numLines)
{
    if (NumFreeLines (o->page) >= i_numLines) return m3Err_none;

    u32 numLines = o->page->info.lineIndex + i_numLines + MOTE_PAGE_STEP;
    if (numLines > MOTE_MAX_PAGE_UNITS) return "function too long";

    return ResizeCodePage (o->module, & o->page, numLines);
}

`,
    { until: 'static M3_NOINLINE\nM3Result  EmitOp  (' },
  ),
  edit(
    COMPILE,
    'write units, slots in pairs, branches',
    'static M3_NOINLINE\nvoid  EmitConstant32 ',
    `static M3_NOINLINE
void  EmitConstant32  (IM3Compilation o, const u32 i_immediate)
{
    if (o->page)
        o->page->code [o->page->info.lineIndex++] = (code_t) i_immediate;
}

// A slot alone is its distance in bytes; two that follow each other share a unit.
static M3_NOINLINE
void  EmitSlotOffset  (IM3Compilation o, const i32 i_offset)
{
    if (not o->page) return;

    if (o->loneSlot == GetPC (o))
    {
        code_t * first = & o->page->code [o->loneSlot - 1];
        * first = (code_t) (* first / sizeof (m3slot_t) | i_offset << 8);
        o->loneSlot = 0;
    }
    else
    {
        EmitConstant32 (o, i_offset * sizeof (m3slot_t));
        o->loneSlot = GetPC (o);
    }
}

static M3_NOINLINE
void  EmitPointer  (IM3Compilation o, const void * const i_pointer)
{
    if (o->page)
        EmitWord (o->page, i_pointer);
}

static
u32  ReserveBranch  (IM3Compilation o)
{
    u32 place = GetPC (o);
    EmitConstant32 (o, 0);
    return place;
}

static
void  PatchBranch  (IM3Compilation o, u32 i_place)
{
    if (o->page)
        o->page->code [i_place] = (code_t) (GetPC (o) - i_place);
    o->lastOperation = NULL;
}

static
void  EmitBranch  (IM3Compilation o, u32 i_target)
{
    EmitConstant32 (o, i_target - GetPC (o));
}

// In one unit when 16 bits hold it. Only counts with NULL.
static
u32  PackConstants  (code_t * o_units, IM3Compilation o)
{
    u32 units = 0;

    for (u32 i = 0; i < (u32) (o->slotMaxConstIndex - o->slotFirstConstIndex); ++i)
    {
        i32 value = (i32) o->constants [i];
        bool wide = value != (i16) value or value == MOTE_WIDE;

        if (o_units)
        {
            o_units [units] = (code_t) (wide ? MOTE_WIDE : value);
            if (wide) memcpy (o_units + units + 1, & value, sizeof (value));
        }
        units += wide ? 1 + sizeof (value) / sizeof (code_t) : 1;
    }

    return units;
}

`,
    { until: `//${'-'.repeat(121)}\n\n#define d_indent` },
  ),
];

const CALLS: readonly Edit[] = [
  edit(
    'm3_core.h',
    'what calls and globals are found by',
    '    void *          maxStack;\n    size_t          length;\n',
    '    void *          maxStack;\n    size_t          length;\n    struct M3Function * functions;\n    struct M3Global *   globals;\n',
  ),
  edit(
    'm3_env.c',
    'find calls and globals',
    '        result = ResizeMemory (io_runtime, i_module->memoryInfo.initPages);\n',
    '_       (ResizeMemory (io_runtime, i_module->memoryInfo.initPages));\n' +
      '        io_runtime->memory.mallocated->functions = i_module->functions;\n' +
      '        io_runtime->memory.mallocated->globals = i_module->globals;\n',
  ),
  edit(
    'm3_env.c',
    'find calls and globals: after a failure',
    '    return result;\n}\n\n\nM3Result  ResizeMemory ',
    '    _catch: return result;\n}\n\n\nM3Result  ResizeMemory ',
  ),
  edit(
    // Else the first page would wipe what stands before it.
    'm3_env.c',
    'keep the header when memory grows from nothing',
    '        size_t numPreviousBytes = memory->numPages * d_m3MemPageSize;\n        if (numPreviousBytes)\n',
    '        size_t numPreviousBytes = memory->numPages * d_m3MemPageSize;\n        if (memory->mallocated)\n',
  ),
  edit(
    'm3_env.c',
    'indices of 16 bits; bodies are compiled, imports linked',
    '    for (u32 i = 0; i < io_module->numFunctions; ++i)\n    {\n        IM3Function f = & io_module->functions [i];\n        if (f->wasm and',
    '    _throwif ("too many functions or globals", io_module->numFunctions > 0x10000 or io_module->numGlobals > 0x10000);\n\n' +
      '    for (u32 i = io_module->numFuncImports; i < io_module->numFunctions; ++i)\n    {\n' +
      '        IM3Function f = & io_module->functions [i];\n        if (f->wasm and',
  ),
  edit(
    COMPILE,
    'call by index',
    '            IM3Operation op;\n            const void * operand;\n',
    '_           (EmitOp (o, op_Call));\n            EmitConstant32 (o, functionIndex);\n            EmitSlotOffset (o, slotTop);\n',
    { until: '        }\n        else\n        {\n            _throw (ErrorCompile (m3Err_functionImportMissing' },
  ),
  edit(
    COMPILE,
    'globals by index',
    'EmitPointer (o, & i_global->i64Value);\n',
    'EmitConstant32 (o, i_global - o->module->globals);\n',
    { times: 2 },
  ),
  ...(['u32', 'u64', 'f32', 'f64'] as const).map((type) =>
    edit(
      EXEC,
      `find a global of ${type}`,
      `    ${type} * global = immediate (${type} *);\n`,
      `    ${type} * global = (${type} *) & _mem->globals [immediate (u32)].i64Value;\n`,
      type.startsWith('u') ? { times: 3 } : {},
    ),
  ),
  edit(
    EXEC,
    'find the function to call',
    '    pc_t callPC                 = immediate (pc_t);\n',
    '    IM3Function function        = & _mem->functions [immediate (u32)];\n',
  ),
  edit(EXEC, 'call it', 'Call (callPC, sp,', 'Call (function->compiled, sp,'),
  edit(
    // All are compiled before any of them runs.
    EXEC,
    'compile nothing when it is called',
    "// it's a debate: should the compilation be trigger",
    '',
    { until: 'd_m3Op  (Entry)\n' },
  ),
];

const FUNCTIONS: readonly Edit[] = [
  edit(
    COMPILE,
    'where the function begins',
    '    pc_t pc = GetPagePC (o->page);\n\n    u16 numRetSlots = GetFunctionNumReturns (o->function) * c_ioSlotCount;\n',
    '    u32 begin = GetPC (o);\n\n    u32 numRetSlots = GetFunctionNumReturns (o->function) * c_ioSlotCount;\n' +
      '    _throwif (m3Err_functionStackOverflow, numRetSlots >= d_m3MaxFunctionSlots);\n',
  ),
  edit(
    COMPILE,
    'slots of results',
    '    o->function->numRetSlots = o->slotFirstDynamicIndex = numRetSlots;\n',
    '    o->slotFirstDynamicIndex = numRetSlots;\n',
  ),
  edit(
    COMPILE,
    'slots of results and arguments',
    'o->function->numRetAndArgSlots = o->slotFirstLocalIndex',
    'o->slotFirstLocalIndex',
  ),
  edit(
    COMPILE,
    'slots of locals',
    '    o->function->numLocalBytes = (maxSlot - o->slotFirstLocalIndex) * sizeof (m3slot_t);\n',
    '    u16 numLocalSlots = maxSlot - o->slotFirstLocalIndex;\n',
  ),
  edit(
    COMPILE,
    'count the locals of the function that is compiled',
    '    if (o->function)\n        o->function->numLocals = numLocals;\n',
    '    o->numLocals = numLocals;\n',
  ),
  edit(
    COMPILE,
    'room for the sizes of the frame',
    '_   (EmitOp (o, op_Entry));\n    EmitPointer (o, io_function);\n',
    '_   (EmitOp (o, op_Entry));\n    o->page->info.lineIndex += MOTE_ENTRY_UNITS - 1;\n',
  ),
  edit(
    COMPILE,
    'write the begin of the function',
    '    io_function->compiled = pc;\n    io_function->maxStackSlots = o->maxStackSlots;\n',
    `    u32 numConstantUnits = PackConstants (NULL, o);
_   (EnsureCodePageNumLines (o, numConstantUnits));

    code_t * code = & o->page->code [begin];
    code [1] = o->maxStackSlots;
    code [2] = o->slotFirstLocalIndex | numLocalSlots << 8;
    code [3] = o->slotMaxConstIndex - o->slotFirstConstIndex;

    code += MOTE_ENTRY_UNITS;
    memmove (code + numConstantUnits, code, (GetPC (o) - begin - MOTE_ENTRY_UNITS) * sizeof (code_t));
    PackConstants (code, o);

    o->page->info.lineIndex += numConstantUnits;
    io_function->compiled = & o->page->code [begin];

    if (GetPC (o) >= MOTE_PAGE_UNITS)
_       (ResizeCodePage (o->module, & o->page, GetPC (o)));

`,
    { until: '} _catch:\n\n    ReleaseCompilationCodePage (o);\n' },
  ),
  edit(
    EXEC,
    'read the sizes of the frame',
    '    IM3Function function = immediate (IM3Function);\n',
    '    u32 maxStackSlots = _pc [0], sizes = _pc [1], numConstants = _pc [2];\n    _pc += MOTE_ENTRY_UNITS - 1;\n',
  ),
  edit(EXEC, 'check the stack for a frame', '_sp + function->maxStackSlots)', '_sp + maxStackSlots)'),
  edit(
    // A few words, in most functions: less than it takes to call memset() and memcpy().
    EXEC,
    'prepare a frame in words',
    '        u8 * stack = (u8 *) ((m3slot_t *) _sp + function->numRetAndArgSlots);\n',
    `        u32 * word = (u32 *) _sp + (sizes & 0xff);
        u32 * end = word + (sizes >> 8);
        while (word < end) { * word++ = 0; MOTE_KEEP_LOOP; }
        end = word + numConstants;
        while (word < end)
        {
            i32 value = (i16) * _pc++;
            if (M3_UNLIKELY (value == MOTE_WIDE))
            {
                memcpy (& value, _pc, sizeof (value));
                _pc += sizeof (value) / sizeof (code_t);
            }
            * word++ = value;
        }

`,
    {
      until:
        '#if d_m3EnableStrace >= 2\n        d_m3TracePrint("%s %s {", m3_GetFunctionName(function), SPrintFunctionArgList',
    },
  ),
];

/** What the last page has left goes back to the heap. */
const SETTLING: readonly Edit[] = [
  edit(
    'm3_compile.h',
    'declare the end of compiling',
    'M3Result    CompileFunction             (IM3Function io_function);\n',
    'M3Result    CompileFunction             (IM3Function io_function);\n' +
      'void        FinishCompiling             (IM3Module io_module);\n',
  ),
  edit(
    COMPILE,
    'shrink the last page',
    'M3Result  CompileFunction  (IM3Function io_function)\n',
    `void  FinishCompiling  (IM3Module io_module)
{
    for (IM3CodePage * page = & io_module->runtime->pagesOpen; * page; page = & (* page)->info.next)
        ResizeCodePage (io_module, page, (* page)->info.lineIndex);
}


M3Result  CompileFunction  (IM3Function io_function)
`,
  ),
  edit(
    'm3_env.c',
    'shrink the last page when all functions are compiled',
    '_           (CompileFunction (f));\n        }\n    }\n\n    _catch: return result;\n',
    '_           (CompileFunction (f));\n        }\n    }\n\n    FinishCompiling (io_module);\n\n    _catch: return result;\n',
  ),
];

export const PLACING: readonly Edit[] = [...EMITTING, ...CALLS, ...FUNCTIONS, ...SETTLING];
