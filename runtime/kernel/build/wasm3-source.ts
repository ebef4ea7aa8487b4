/**
 * wasm3's C source with what it lacks: fuel, a bound on native frames, and checks that 0.5 forgot (0.9 has most of them).
 *
 * Every edit names the text it is anchored to. The text must be there exactly once, else the build stops with the edit's name:
 * a new wasm3 is looked at by a person before it is used.
 */
import { BRANCHING } from './wasm3-branch.ts';
import type { Edit } from './wasm3-edit.ts';
import { FUSING } from './wasm3-fuse.ts';
import { PACKING } from './wasm3-pack.ts';
import { PLACING } from './wasm3-place.ts';
import { TRIMMING } from './wasm3-trim.ts';

/** File name to text. */
export type Sources = Record<string, string>;

const BOTH = ['0.5', '0.9'] as const;
const OLD = ['0.5'] as const;

const CHECKS: readonly Edit[] = [
  {
    name: 'declare the meter',
    file: 'm3_exec.h',
    versions: BOTH,
    find: '#include "m3_exec_defs.h"\n',
    replace: '#include "m3_exec_defs.h"\n#include "meter.h"\n',
  },
  {
    name: 'spend fuel at a function entry',
    file: 'm3_exec.h',
    versions: BOTH,
    find: '#if d_m3SkipStackCheck\n    if (true)\n#else\n',
    replace:
      '    if (M3_UNLIKELY (--mote_meter_fuel < 0)) newTrap (mote_meter_exhausted);\n' +
      '    if (M3_UNLIKELY (mote_meter_depth <= 0)) newTrap (m3Err_trapStackOverflow);\n' +
      '#if d_m3SkipStackCheck\n    if (true)\n#else\n',
  },
  {
    name: 'count the frame of a call',
    file: 'm3_exec.h',
    versions: OLD,
    find: '        m3ret_t r = nextOpImpl ();\n',
    replace: '        --mote_meter_depth;\n        m3ret_t r = nextOpImpl ();\n        ++mote_meter_depth;\n',
  },
  {
    name: 'spend fuel at a loop head, count the frame of a loop',
    file: 'm3_exec.h',
    versions: BOTH,
    find: '        trace_rt->callDepth++;\n#endif\n        r = nextOpImpl ();\n',
    replace:
      '        trace_rt->callDepth++;\n#endif\n' +
      '        if (M3_UNLIKELY (--mote_meter_fuel < 0)) newTrap (mote_meter_exhausted);\n' +
      '        if (M3_UNLIKELY (mote_meter_depth <= 0)) newTrap (m3Err_trapStackOverflow);\n' +
      '        --mote_meter_depth;\n        r = nextOpImpl ();\n        ++mote_meter_depth;\n',
  },
  {
    // The meter does its work; it cost a C call for each call of the guest.
    name: 'drop m3_Yield',
    file: 'm3_exec.h',
    versions: BOTH,
    find: '    m3ret_t possible_trap = m3_Yield ();\n    if (M3_UNLIKELY(possible_trap)) return possible_trap;\n',
    replace: '',
  },
  {
    // Otherwise a count of pages that wraps around shrinks the memory and reports success.
    name: 'refuse to grow memory past 2^32 bytes',
    file: 'm3_exec.h',
    versions: OLD,
    find: '        M3Result r = ResizeMemory (runtime, requiredPages);\n',
    replace:
      '        M3Result r = requiredPages < memory->numPages ? m3Err_wasmMemoryOverflow : ResizeMemory (runtime, requiredPages);\n',
  },
  {
    // The caller writes them above the slots that its own entry has checked.
    name: 'check the stack for outgoing arguments',
    file: 'm3_compile.c',
    versions: OLD,
    find: '    u16 argTop = topSlot + (numArgs + numRets) * c_ioSlotCount;\n',
    replace:
      '    _throwif (m3Err_functionStackOverflow, topSlot + (numArgs + numRets) * c_ioSlotCount >= d_m3MaxFunctionSlots);\n' +
      '    u16 argTop = topSlot + (numArgs + numRets) * c_ioSlotCount;\n    TouchSlot (o, argTop - 1);\n',
  },
  {
    name: 'bound the nesting of blocks',
    file: 'm3_compile.c',
    versions: OLD,
    find: '    // validate and dealloc params ----------------------------\n',
    replace: '    _throwif ("blocks nested too deep", block->depth > MOTE_MAX_NESTING);\n',
  },
  {
    name: 'declare the check of constant expressions for loading',
    file: 'm3_env.c',
    versions: OLD,
    find: '#include "m3_info.h"\n',
    replace: '#include "m3_info.h"\n#include "constant.h"\n',
  },
  {
    name: 'allow only constants where a constant expression is skipped',
    file: 'm3_parse.c',
    versions: OLD,
    find: "    // this doesn't generate code pages. just walks the wasm bytecode to find the end\n",
    replace: '    if (not mote_is_constant (* io_bytes, i_end)) return "not a constant expression";\n',
  },
  {
    name: 'declare the check of constant expressions for parsing',
    file: 'm3_parse.c',
    versions: OLD,
    find: '#include "m3_info.h"\n',
    replace: '#include "m3_info.h"\n#include "constant.h"\n',
  },
  {
    // The count stays that of the functions that are there: freeing the module reads them.
    name: 'keep the functions when there is no memory for more',
    file: 'm3_module.c',
    versions: OLD,
    find:
      '        io_module->functions = m3_ReallocArray (M3Function, io_module->functions, i_totalFunctions, io_module->allFunctions);\n' +
      '        io_module->allFunctions = i_totalFunctions;\n        _throwifnull (io_module->functions);\n',
    replace:
      '        M3Function * functions = m3_ReallocArray (M3Function, io_module->functions, i_totalFunctions, io_module->allFunctions);\n' +
      '        _throwifnull (functions);\n' +
      '        io_module->functions = functions;\n        io_module->allFunctions = i_totalFunctions;\n',
  },
  {
    name: 'keep the globals when there is no memory for more',
    file: 'm3_module.c',
    versions: OLD,
    find:
      '    u32 index = io_module->numGlobals++;\n' +
      '    io_module->globals = m3_ReallocArray (M3Global, io_module->globals, io_module->numGlobals, index);\n' +
      '    _throwifnull (io_module->globals);\n',
    replace:
      '    u32 index = io_module->numGlobals;\n' +
      '    M3Global * globals = m3_ReallocArray (M3Global, io_module->globals, index + 1, index);\n' +
      '    _throwifnull (globals);\n' +
      '    io_module->globals = globals;\n    io_module->numGlobals = index + 1;\n',
  },
  {
    // A value of 64 bits that waits twice lost its upper half to the next value of 32 bits once the first had been taken.
    name: 'count both slots of a value that is preserved twice',
    file: 'm3_compile.c',
    versions: BOTH,
    find: '            else\n_               (IncrementSlotUsageCount (o, * o_preservedSlotNumber));\n',
    replace:
      '            else\n                for (u16 n = GetTypeNumSlots (GetStackTypeFromBottom (o, i)); n--; )\n' +
      '_                   (IncrementSlotUsageCount (o, * o_preservedSlotNumber + n));\n',
  },
  {
    name: 'refuse a name for which there is no memory',
    file: 'm3_core.c',
    versions: OLD,
    find: '                    * o_utf8 = utf8;\n                }\n',
    replace:
      '                    * o_utf8 = utf8;\n                }\n                else result = m3Err_mallocFailed;\n',
  },
];

export const EDITS: readonly Edit[] = [...CHECKS, ...PACKING, ...PLACING, ...BRANCHING, ...FUSING, ...TRIMMING];

export class AnchorError extends Error {
  override readonly name = 'AnchorError';
}

/** What a build needs of wasm3: its core, without WASI, libc and C++ bindings. */
export function isCore(file: string): boolean {
  return /^(m3_(?!api_)\w+|wasm3|wasm3_defs)\.[ch]$/.test(file);
}

/** `0.5` of `0.5.0`. Throws an AnchorError when the sources do not say. */
export function versionOf(sources: Sources): string {
  const found = /#define M3_VERSION\s+"(\d+\.\d+)\.\d+"/.exec(sources['wasm3.h'] ?? '');
  if (!found) throw new AnchorError('wasm3.h does not define M3_VERSION');
  return found[1]!;
}

/** The sources with every edit that their version needs. Throws an AnchorError that names the edit that does not fit. */
export function editWasm3(sources: Sources): Sources {
  const version = versionOf(sources);
  if (!BOTH.some((known) => known === version)) throw new AnchorError(`wasm3 ${version} is not known to this build`);
  const edited = { ...sources };
  for (const edit of EDITS.filter((item) => item.versions.includes(version))) {
    edited[edit.file] = applied(edit, edited[edit.file] ?? '', `wasm3 ${version}, ${edit.file}`);
  }
  return edited;
}

function applied({ name, find, until, replace, times = 1 }: Edit, text: string, where: string): string {
  const count = text.split(find).length - 1;
  if (count !== times)
    throw new AnchorError(`${where}: the anchor of "${name}" was found ${count} times, not ${times}`);
  if (until === undefined) return text.replaceAll(find, () => replace);
  const at = text.indexOf(find);
  const end = text.indexOf(until, at + find.length);
  if (end < 0) throw new AnchorError(`${where}: the end of "${name}" was not found`);
  return text.slice(0, at) + replace + text.slice(end);
}
