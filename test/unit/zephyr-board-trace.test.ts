/** The trace that a Zephyr board writes: its C compiled for this machine, its lines read by the reader of traces. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTrace, traceSteps } from '../../host-shim/parts/trace.ts';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import { repoRoot } from '../support/device.ts';

const missing = spawnSync('gcc', ['--version']).status === 0 ? '' : ' (SKIPPED: gcc is missing)';

/** What trace.c needs of Zephyr. */
const HEADERS = {
  'zephyr/kernel.h': `#include <stdint.h>
static inline int64_t k_uptime_ticks(void) { return 1234567; }
static inline uint64_t k_ticks_to_us_floor64(uint64_t ticks) { return ticks; }
`,
  'zephyr/sys/printk.h': '#include <stdio.h>\n#define printk printf\n',
};

const SCRIPTS = ['0101f70208', '0102d00003e80300020a', '000101f005080000000000000001', '0402aa55', ''];

const MAIN = `#include <stdio.h>
#include <string.h>
#include "trace.h"
static uint32_t read_hex(const char *hex, uint8_t *out)
{
	uint32_t len = 0;
	for (unsigned byte; sscanf(hex + 2 * len, "%2x", &byte) == 1; len++)
		out[len] = (uint8_t)byte;
	return len;
}
int main(int argc, char **argv)
{
	static const uint8_t out[3] = { 0, 0xab, 0xff };
	uint8_t script[256];
	for (int i = 1; i < argc; i++) {
		uint32_t len = read_hex(argv[i], script);
		printf("*** Booting ***\\r\\n[00:00:01.234,567] <inf> bus: ");
		trace_transfer("i2c", 1, 0x76, script, len, out, sizeof out, 0);
		trace_transfer("onewire", 0, -1, script, len, out, 0, 0);
		trace_transfer("spi", 2, 0, script, len, out, 3, ${ErrorCode.arbitration});
		trace_transfer("i2c", 0, 0xa050, script, len, out, 3, -99);
	}
}
`;

describe.skipIf(missing)(`the trace of a Zephyr board${missing}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mote-trace-'));
  const program = join(folder, 'trace');

  beforeAll(() => {
    for (const [name, text] of Object.entries(HEADERS)) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    writeFileSync(join(folder, 'main.c'), MAIN);
    const source = join(repoRoot, 'zephyr-board', 'app', 'src');
    const { status, stderr } = spawnSync(
      'gcc',
      [
        ...[
          '-std=gnu11',
          '-Wall',
          '-Wextra',
          '-Werror',
          '-g',
          '-fsanitize=address,undefined',
          '-DCONFIG_MOTE_BUS_TRACE',
        ],
        ...['-I', folder, '-I', source, '-I', join(repoRoot, 'runtime', 'abi', 'generated')],
        ...[join(source, 'trace.c'), join(folder, 'main.c'), '-o', program],
      ],
      { encoding: 'utf8' },
    );
    expect(`${status}${stderr}`).toBe('0');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('reads like that of a virtual board', () => {
    const { stdout, stderr } = spawnSync(program, SCRIPTS, { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(readTrace(stdout)).toEqual(
      SCRIPTS.flatMap((script) => {
        const steps = traceSteps(Buffer.from(script, 'hex'));
        const t = 1_234_567;
        return [
          { t, bus: 'i2c1', address: 0x76, steps, result: '00abff' },
          { t, bus: 'onewire0', steps, result: '' },
          { t, bus: 'spi2', address: 0, steps, error: 'arbitration' },
          { t, bus: 'i2c0', address: 0xa050, steps, error: 'io' },
        ];
      }),
    );
  });
});
