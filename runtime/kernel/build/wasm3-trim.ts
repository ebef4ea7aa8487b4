/** Edits by which wasm3 0.5 keeps less in RAM for each module: what only the compiler or a debugger reads is not kept. */
import { type Edit, oldEdit as edit } from './wasm3-edit.ts';

/** 32 bytes of each function: exports are found in the module's own section, which stays where it is. */
const NAMES: readonly Edit[] = [
  edit(
    'm3_function.h',
    'no names in a function',
    '    cstr_t                  names[d_m3MaxDuplicateFunctionImpl];\n' +
      '    cstr_t                  export_name;                            // should be a part of "names"\n' +
      '    u16                     numNames;                               // maximum of d_m3MaxDuplicateFunctionImpl\n\n',
    '',
  ),

  edit(
    'm3_module.c',
    'keep the name of an import once',
    '    if (i_importInfo and func->numNames == 0)\n    {\n        func->import = * i_importInfo;\n' +
      '        func->names[0] = i_importInfo->fieldUtf8;\n        func->numNames = 1;\n    }\n',
    '    if (i_importInfo)\n        func->import = * i_importInfo;\n',
  ),
  edit(
    'm3_env.h',
    'where the exports are',
    '    bytes_t                 elementSection;\n',
    '    bytes_t                 exportSection;\n    bytes_t                 exportSectionEnd;\n' +
      '    bytes_t                 elementSection;\n',
  ),
  edit(
    'm3_parse.c',
    'remember where the exports are',
    '    _throwif("too many exports", numExports > d_m3MaxSaneExportsCount);\n',
    '    _throwif("too many exports", numExports > d_m3MaxSaneExportsCount);\n' +
      '    io_module->exportSection = i_bytes;\n    io_module->exportSectionEnd = i_end;\n',
  ),
  edit(
    'm3_parse.c',
    'keep no names of exports',
    '            IM3Function func = &(io_module->functions [index]);\n' +
      '            if (func->numNames < d_m3MaxDuplicateFunctionImpl)\n            {\n' +
      '                func->names[func->numNames++] = utf8;\n                func->export_name = utf8;\n' +
      '                utf8 = NULL; // ownership transferred to M3Function\n            }\n',
    '',
  ),
  edit(
    'm3_parse.c',
    'read no names for debuggers',
    '    if (strcmp (name, "name") == 0) {\n_       (ParseSection_Name(io_module, i_bytes, i_end));\n    } else if',
    '    if',
  ),
  edit(
    'm3_parse.c',
    'keep no names for debuggers',
    '                    if (func->numNames == 0)\n                    {\n' +
      '                        func->names[0] = name;        m3log (parse, "    naming function%5d:  %s", index, name);\n' +
      '                        func->numNames = 1;\n                        name = NULL; // transfer ownership\n                    }\n',
    '                    (void) func;\n',
  ),
  edit(
    'm3_env.c',
    'find a function by the exports',
    '\n    // Prefer exported functions\n    for (u32 i = 0; i < i_module->numFunctions; ++i)\n    {\n' +
      '        IM3Function f = & i_module->functions [i];\n' +
      '        if (f->export_name and strcmp (f->export_name, i_name) == 0)\n            return f;\n    }\n\n' +
      '    // Search internal functions\n    for (u32 i = 0; i < i_module->numFunctions; ++i)\n    {\n' +
      '        IM3Function f = & i_module->functions [i];\n\n' +
      '        bool isImported = f->import.moduleUtf8 or f->import.fieldUtf8;\n\n' +
      '        if (isImported)\n            continue;\n\n' +
      '        for (int j = 0; j < f->numNames; j++)\n        {\n' +
      '            if (f->names [j] and strcmp (f->names [j], i_name) == 0)\n                return f;\n        }\n    }\n\n',
    // The section was read as a whole when the module was parsed.
    '    bytes_t at = i_module->exportSection, end = i_module->exportSectionEnd;\n\n' +
      '    while (at < end)\n    {\n        u32 length, index;\n        u8 kind;\n\n' +
      '        if (ReadLEB_u32 (& length, & at, end) or length > (u32) (end - at))\n            break;\n' +
      '        bool found = strlen (i_name) == length and memcmp (i_name, at, length) == 0;\n        at += length;\n' +
      '        if (Read_u8 (& kind, & at, end) or ReadLEB_u32 (& index, & at, end))\n            break;\n' +
      '        if (found and kind == 0)\n            return Module_GetFunction (i_module, index);\n    }\n\n',
  ),
];

/** 1.5 KB of each module and of the C stack: one compiler serves all. A module is compiled as a whole when it is loaded. */
const COMPILER: readonly Edit[] = [
  edit('m3_env.h', 'no compiler in a runtime', '    M3Compilation           compilation;\n\n', ''),
  edit(
    'm3_compile.h',
    'one compiler',
    'typedef M3Compilation *                 IM3Compilation;\n',
    'typedef M3Compilation *                 IM3Compilation;\n\nextern M3Compilation mote_compilation;\n',
  ),
  edit(
    'm3_compile.c',
    'the compiler of all',
    '#include "m3_info.h"\n\n//----- EMIT ',
    '#include "m3_info.h"\n\nM3Compilation mote_compilation;\n\n//----- EMIT ',
  ),
  edit(
    'm3_compile.c',
    'compile a function with it',
    '    IM3Compilation o = & runtime->compilation; ',
    '    IM3Compilation o = & mote_compilation; ',
  ),

  edit(
    'm3_parse.c',
    'skip an expression with it',
    'static M3Compilation compilation;\n',
    'static M3Compilation compilation;\n#elif 1\n    #define compilation mote_compilation\n',
  ),
];

/** 28 bytes of each function, 16 of each global, 8 of each code page: what one use alone needs shares its place with that of another. */
const TABLES: readonly Edit[] = [
  edit(
    'm3_function.h',
    'an import has no body',
    '    M3ImportInfo            import;\n\n    bytes_t                 wasm;\n    bytes_t                 wasmEnd;\n',
    '    union\n    {\n        M3ImportInfo        import;\n        struct { bytes_t wasm, wasmEnd; };\n    };\n',
  ),
  edit('m3_function.h', 'the sizes of a frame stand in the code', '    u16                     maxStackSlots;\n', '', {
    until: '}\nM3Function;',
  }),
  edit(
    'm3_function.c',
    'free the names of an import alone',
    '    m3_Free (i_function->constants);\n',
    '    FreeImportInfo (& i_function->import);\n\n',
    { until: '    // Function_FreeCompiledCode (func);\n' },
  ),
  edit(
    'm3_module.c',
    'free the names of imports',
    '    for (u32 i = 0; i < i_module->numFunctions; ++i)\n    {\n        IM3Function func = & i_module->functions [i];\n        Function_Release',
    '    for (u32 i = 0; i < i_module->numFuncImports; ++i)\n    {\n        IM3Function func = & i_module->functions [i];\n        Function_Release',
  ),
  edit(
    'm3_bind.c',
    'link imports alone',
    '    for (u32 i = 0; i < io_module->numFunctions; ++i)\n    {\n        const IM3Function f',
    '    for (u32 i = 0; i < io_module->numFuncImports; ++i)\n    {\n        const IM3Function f',
  ),
  edit(
    'm3_function.c',
    'name no function',
    '    if (i_function->import.fieldUtf8)\n',
    '    *o_numNames = 0;\n    return NULL;\n}\n\n\n' +
      'cstr_t  GetFunctionImportModuleName  (IM3Function i_function)\n{\n    return "";\n}\n\n\n',
    { until: 'u16  GetFunctionNumArgs  (' },
  ),
  edit(
    'm3_function.c',
    'locals are those of the function that is compiled',
    'return i_function->numLocals + ',
    'return mote_compilation.numLocals + ',
  ),
  edit(
    'm3_env.h',
    'a global is imported, or is to be computed, or has a value',
    '    M3ImportInfo            import;\n\n    union\n    {\n        i32 i32Value;\n',
    '    union\n    {\n        M3ImportInfo import;\n        struct { bytes_t initExpr; u32 initExprSize; };\n        i32 i32Value;\n',
  ),
  edit(
    'm3_env.h',
    'a global has no name',
    '    cstr_t                  name;\n    bytes_t                 initExpr;       // wasm code\n    u32                     initExprSize;\n',
    '',
  ),
  edit('m3_env.c', 'compute no import', '                if (g->initExpr)\n', '                if (not g->imported)\n'),
  edit(
    'm3_module.c',
    'free the name of an imported global',
    '            m3_Free (i_module->globals[i].name);\n            FreeImportInfo',
    '            if (i_module->globals[i].imported)\n                FreeImportInfo',
  ),
  edit(
    'm3_parse.c',
    'keep no name of a global',
    '            IM3Global global = &(io_module->globals [index]);\n            m3_Free (global->name);\n',
    '',
    { until: '        }\n\n        m3_Free (utf8);\n' },
  ),
  edit(
    'm3_env.c',
    'find no global by its name',
    '    // Search exports\n    for (u32 i = 0; i < io_module->numGlobals; ++i)\n',
    '',
    { until: '    return NULL;\n}\n\nM3Result  m3_GetGlobal ' },
  ),
  edit(
    'm3_core.h',
    'count no pages',
    '    u32                           sequence;       // this is just used for debugging; could be removed\n' +
      '    u32                           usageCount;\n',
    '',
  ),
  edit('m3_code.c', 'number no pages', '        page->info.sequence = ++i_runtime->newCodePageSequence;\n', ''),
];

/** Constant expressions: read, where they were compiled and run in a runtime of their own. */
const EXPRESSIONS: readonly Edit[] = [
  edit(
    'm3_env.c',
    'read constant expressions',
    'M3Result  EvaluateExpression ',
    `M3Result  EvaluateExpression  (IM3Module i_module, void * o_expressed, u8 i_type, bytes_t * io_bytes, cbytes_t i_end)
{
    M3Result result = m3Err_none;
    u64 value = 0;
    u8 opcode;

    _throwif ("not a constant expression", not mote_is_constant (* io_bytes, i_end));
_   (Read_u8 (& opcode, io_bytes, i_end));

    switch (opcode)
    {
        case c_waOp_i32_const:
        {
            i32 number;
_           (ReadLEB_i32 (& number, io_bytes, i_end));
            value = (u32) number;
        }
        break;

        case c_waOp_i64_const:
        {
            i64 number;
_           (ReadLEB_i64 (& number, io_bytes, i_end));
            value = (u64) number;
        }
        break;

        case c_waOp_getGlobal:
        {
            u32 index;
_           (ReadLEB_u32 (& index, io_bytes, i_end));
            _throwif (m3Err_globaIndexOutOfBounds, index >= i_module->numGlobals);
            value = (u64) i_module->globals [index].i64Value;
        }
        break;

        default: // f32.const, f64.const: 4 bytes or 8, which are there
            if (not d_m3HasFloat) _throw (m3Err_unknownOpcode);
            memcpy (& value, * io_bytes, opcode == c_waOp_f32_const ? sizeof (u32) : sizeof (u64));
            * io_bytes += opcode == c_waOp_f32_const ? sizeof (u32) : sizeof (u64);
    }

    ++ * io_bytes; // end
    memcpy (o_expressed, & value, SizeOfType (i_type) == sizeof (u32) ? sizeof (u32) : sizeof (u64));

    _catch: return result;
}


`,
    { until: 'M3Result  InitMemory ' },
  ),
];

export const TRIMMING: readonly Edit[] = [
  ...NAMES,
  ...COMPILER,
  ...TABLES,
  ...EXPRESSIONS,
  edit(
    // 20 bytes each; a compiler makes one of every few bytes that are not zero.
    'm3_env.c',
    'forget data segments once they are copied',
    '_   (InitDataSegments (memory, io_module));\n',
    '_   (InitDataSegments (memory, io_module));\n    m3_Free (io_module->dataSegments);\n    io_module->numDataSegments = 0;\n',
  ),
];
