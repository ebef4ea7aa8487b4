/** Edits by which wasm3 0.5 writes one operation for two that often follow each other (engine/fused.h). */
import { type Edit, oldEdit as edit } from './wasm3-edit.ts';

const COMPILE = 'm3_compile.c';

export const FUSING: readonly Edit[] = [
  edit(
    'm3_exec.h',
    'operations for two',
    '//---------------------------------------------------------------------------------------------------------------------\n// debug/profiling\n',
    '#include "fused.h"\n\n' +
      '//---------------------------------------------------------------------------------------------------------------------\n// debug/profiling\n',
  ),
  edit(
    'm3_compile.h',
    'remember the operation before',
    '    u16                 regStackIndexPlusOne        [2];\n',
    '    IM3Operation        lastOperation;              // unless something branches to behind it\n' +
      '    u32                 lastPlace;\n\n    u16                 regStackIndexPlusOne        [2];\n',
  ),
  edit(
    COMPILE,
    'write one operation for two',
    '        // have execution jump to a new page if slots are critically low\n',
    `        IM3Operation both = mote_fuse (o->lastOperation, i_operation);
        o->lastOperation = NULL;
        if (both)
        {
            u32 end = GetPC (o);
            o->page->info.lineIndex = o->lastPlace;
            result = EmitOperation (o->page, both);
            o->page->info.lineIndex = end;
            return result;
        }

`,
  ),
  edit(
    COMPILE,
    'remember the operation that is written',
    '            EmitWord (o->page, i_operation);\n        }\n',
    '            o->lastOperation = i_operation;\n            o->lastPlace = GetPC (o);\n' +
      '            result = EmitOperation (o->page, i_operation);\n        }\n',
  ),
];
