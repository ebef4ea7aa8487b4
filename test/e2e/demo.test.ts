/** The demo's document, from the compiled program in a process of its own. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../host-shim/demo/story.ts';
import { repoRoot } from '../support/device.ts';

const program = join(repoRoot, 'dist', 'host-shim', 'demo', 'main.js');
const built = existsSync(program);

describe(built ? 'npm run demo -- --json' : 'the demo (SKIPPED: run npm run build first)', () => {
  it.skipIf(!built)('does the main job and says what came of it', async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, '--json'], { cwd: repoRoot });
    const outcome: Outcome = JSON.parse(stdout);
    expect(outcome).toMatchObject({
      ok: true,
      module: { name: 'gateway' },
      signature: { algorithms: expect.arrayContaining(['ML-DSA-65']) },
      push: { state: 'CONFIRMED' },
      tampered: { state: 'REFUSED', reason: 'bad-digest' },
      bad: { state: 'REVERTED', reason: 'trap: unreachable executed' },
    });
    expect(outcome.push.bytes).toBe(outcome.module.wasmBytes);
    expect(outcome.push.chunks).toBeGreaterThanOrEqual(Math.ceil(outcome.module.wasmBytes / 1024));
    expect(outcome.running.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(outcome.readings.length).toBeGreaterThanOrEqual(20);
    expect(new Set(outcome.readings.map(({ manufacturer }) => manufacturer)).size).toBeGreaterThanOrEqual(5);
    expect(outcome.readings.filter(({ encrypted }) => encrypted).length).toBeGreaterThanOrEqual(5);
    for (const { id, records } of outcome.readings) {
      expect(id).toMatch(/^[0-9A-F]{8}$/);
      expect(records.length).toBeGreaterThan(0);
    }
    // The published example of OMS Volume 2, annex N: 28504.27 m3.
    const gas = outcome.readings.find(({ manufacturer }) => manufacturer === 'ELS');
    expect(gas?.records).toContainEqual({ quantity: 'volume', unit: 'm3', value: 28504.27 });
    expect(stderr).toContain('The whole road works.');
  });
});
