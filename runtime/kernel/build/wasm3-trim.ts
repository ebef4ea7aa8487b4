/** Edits by which wasm3 0.5 keeps less in RAM for each module: what only the compiler or a debugger reads is not kept. */
import type { Edit } from './wasm3-source.ts';

const edit = (file: string, name: string, find: string, replace: string): Edit => ({
  name,
  file,
  versions: ['0.5'],
  find,
  replace,
});

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
    'm3_function.c',
    'free no names, nor constants, which stand in code pages',
    '    m3_Free (i_function->constants);\n\n' +
      '    for (int i = 0; i < i_function->numNames; i++)\n    {\n' +
      '        // name can be an alias of fieldUtf8\n' +
      '        if (i_function->names[i] != i_function->import.fieldUtf8)\n        {\n' +
      '            m3_Free (i_function->names[i]);\n        }\n    }\n\n',
    '',
  ),
  edit(
    'm3_function.c',
    "an import's name",
    '        *o_numNames = i_function->numNames;\n        return i_function->names;\n',
    '        *o_numNames = 0;\n        return NULL;\n',
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
    'm3_env.c',
    'compile an expression with it',
    '    IM3Compilation o = & runtime.compilation;\n',
    '    IM3Compilation o = & mote_compilation;\n    M3_INIT (* o);\n',
  ),
  edit(
    'm3_parse.c',
    'skip an expression with it',
    'static M3Compilation compilation;\n',
    'static M3Compilation compilation;\n#elif 1\n    #define compilation mote_compilation\n',
  ),
];

export const TRIMMING: readonly Edit[] = [
  ...NAMES,
  ...COMPILER,
  edit(
    // 20 bytes each; a compiler makes one of every few bytes that are not zero.
    'm3_env.c',
    'forget data segments once they are copied',
    '_   (InitDataSegments (memory, io_module));\n',
    '_   (InitDataSegments (memory, io_module));\n    m3_Free (io_module->dataSegments);\n    io_module->numDataSegments = 0;\n',
  ),
  edit(
    // In what functions leave of their pages, in place of a block of heap for each.
    'm3_compile.c',
    'keep constants in code pages',
    '        io_function->constants = m3_CopyMem (o->constants, io_function->numConstantBytes);\n' +
      '        _throwifnull(io_function->constants);\n',
    '        u32 units = io_function->numConstantBytes / sizeof (code_t) + 1;\n' +
      '        IM3CodePage page = AcquireCodePageWithCapacity (runtime, units);\n' +
      '        _throwifnull(page);\n' +
      '        page->info.lineIndex += (uintptr_t) GetPagePC (page) / sizeof (code_t) % 2;\n' +
      '        io_function->constants = (void *) GetPagePC (page);\n' +
      '        memcpy (io_function->constants, o->constants, io_function->numConstantBytes);\n' +
      '        page->info.lineIndex += units - 1;\n' +
      '        ReleaseCodePage (runtime, page);\n',
  ),
];
