/**
 * Edits by which wasm3 0.5 writes branches as distances, all in the page of their function: what follows a table or an if stands
 * behind it, where it stood in a second page.
 */
import { type Edit, oldEdit as edit } from './wasm3-edit.ts';

const EXEC = 'm3_exec.h';
const COMPILE = 'm3_compile.c';

export const BRANCHING: readonly Edit[] = [
  edit(
    'm3_compile.h',
    'where a block begins, and the last of the branches to its end',
    "    pc_t                            pc;                 // used by ContinueLoop's\n    pc_t                            patches;\n",
    "    u32                             pc;                 // used by ContinueLoop's\n    u32                             patches;\n",
  ),
  edit(
    'm3_compile.h',
    'what the compiler knows of a function',
    '    u16                 slotMaxAllocatedIndexPlusOne;\n',
    '    u32                 loneSlot;                   // behind a slot that may get a second one into its unit\n' +
      '    u16                 numLocals;                  // of the function, not including args\n' +
      "    bool                endReached;                 // whether the last block's end can be reached\n\n" +
      '    u16                 slotMaxAllocatedIndexPlusOne;\n',
  ),
  edit(
    COMPILE,
    'where a block begins',
    'block->pc               = GetPagePC (o->page);',
    'block->pc               = GetPC (o);',
  ),
  edit(COMPILE, 'no branches yet', 'block->patches          = NULL;', 'block->patches          = 0;'),
  edit(
    COMPILE,
    'patch branches',
    'static\nvoid  PatchBranches ',
    `static
void  PatchBranches  (IM3Compilation o)
{
    u32 place = o->block.patches;

    o->endReached = place or not IsStackPolymorphic (o);
    o->block.patches = 0;

    while (place)
    {
        u32 next = o->page->code [place];
        PatchBranch (o, place);
        place = next;
    }
}

`,
    { until: `//${'-'.repeat(121)}\n\nstatic\nM3Result  CopyStackIndexToSlot ` },
  ),
  edit(
    COMPILE,
    'chain branches to patch',
    'static\nvoid  EmitPatchingBranchPointer ',
    `static
void  EmitPatchingBranchPointer  (IM3Compilation o, IM3CompilationScope i_scope)
{
    u32 place = GetPC (o);
    EmitConstant32 (o, i_scope->patches);
    i_scope->patches = place;
}

`,
    { until: 'static\nM3Result  EmitPatchingBranch  (' },
  ),
  edit(
    COMPILE,
    'branch over a prologue',
    'pc_t * jumpTo = (pc_t *) ReservePointer (o);\n',
    'u32 jumpTo = ReserveBranch (o);\n',
  ),
  edit(COMPILE, 'branch over no prologue', 'pc_t * jumpTo = NULL;\n', 'u32 jumpTo = 0;\n'),
  edit(
    COMPILE,
    'branch over the other prologue',
    " isn't taken\n                jumpTo = (pc_t *) ReservePointer (o);\n",
    " isn't taken\n                jumpTo = ReserveBranch (o);\n",
  ),
  edit(COMPILE, 'patch the branch over a prologue', '* jumpTo = GetPC (o);\n', 'PatchBranch (o, jumpTo);\n', {
    times: 2,
  }),
  edit(COMPILE, 'branch back', 'EmitPointer (o, scope->pc);\n', 'EmitBranch (o, scope->pc);\n', { times: 4 }),
  edit(
    COMPILE,
    'the table of a branch: room',
    '    u32 numCodeLines = targetCount + 4; // 3 => IM3Operation + slot + target_count + default_target\n' +
      '_   (EnsureCodePageNumLines (o, numCodeLines));\n',
    '    _throwif (m3Err_mallocFailedCodePage, targetCount > 0xfffe);\n',
  ),
  edit(
    COMPILE,
    'the table of a branch: what it leads to follows it',
    '    IM3CodePage continueOpPage = NULL;\n\n    ++targetCount; // include default\n',
    '    ++targetCount; // include default\n' +
      '_   (EnsureCodePageNumLines (o, targetCount + d_m3CodePageFreeLinesThreshold));\n' +
      '    u32 entry = GetPC (o);\n    u32 before = UINT32_MAX;\n    o->page->info.lineIndex += targetCount;\n\n',
  ),
  edit(
    // A switch has many cases that lead to one place, its default.
    COMPILE,
    'the table of a branch: one piece of code for the same target again',
    "        // TODO: don't need codepage rigmarole for\n",
    `        if (target == before)
        {
            o->page->code [entry] = (code_t) (o->page->code [entry - 1] - 1);
            ++entry;
            continue;
        }
        before = target;
        PatchBranch (o, entry++);

`,
    {
      until:
        '        if (scope->opcode == c_waOp_loop)\n        {\n_           (ResolveBlockResults (o, scope, true));\n',
    },
  ),
  edit(
    COMPILE,
    'the table of a branch: no second page',
    '        ReleaseCompilationCodePage (o);     // FIX: continueOpPage can get lost if thrown\n' +
      '        o->page = savedPage;\n\n        EmitPointer (o, startPC);\n',
    '',
  ),
  edit(
    COMPILE,
    'an else follows its if',
    'static\nM3Result  CompileElseBlock ',
    `static
M3Result  CompileElseBlock  (IM3Compilation o, u32 i_else, IM3FuncType i_blockType)
{
    M3Result result = m3Err_none;
    u32 end = 0;

    if (o->endReached)
    {
_       (EmitOp (o, op_Branch));
        end = ReserveBranch (o);
    }

    PatchBranch (o, i_else);
_   (CompileBlock (o, i_blockType, c_waOp_else));

    if (end) PatchBranch (o, end);

    _catch: return result;
}

`,
    { until: 'static\nM3Result  Compile_If ' },
  ),
  edit(
    COMPILE,
    'branch to an else',
    '    pc_t * pc = (pc_t *) ReservePointer (o);\n',
    '    u32 pc = ReserveBranch (o);\n',
  ),
  edit(COMPILE, 'patch the branch over an if', 'else * pc = GetPC (o);\n', 'else PatchBranch (o, pc);\n'),
  edit(EXEC, 'the table of a branch', '    pc_t * branches = (pc_t *) _pc;\n', '    const code_t * branches = _pc;\n'),
  edit(
    EXEC,
    'branch by the table',
    '    jumpOp (branches [branchIndex]);\n',
    '    pc_t target = branches + branchIndex;\n    target += (i16) * target;\n    jumpOp (target);\n',
  ),
  edit(EXEC, 'branch', '    jumpOp (* _pc);\n', '    pc_t target = immediate (pc_t);\n    jumpOp (target);\n'),
  edit(
    EXEC,
    'a loop is known by its place',
    'void * loopId = immediate (void *);\n',
    'pc_t loopId = immediate (pc_t);\n',
    {
      times: 2,
    },
  ),
  edit(EXEC, 'say which loop goes on', '    return loopId;\n', '    return (m3ret_t) loopId;\n', { times: 2 }),
];
