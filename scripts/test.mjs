// npm test: everything that this machine can run. The last line is the runner's own count.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureDebian, ensureInstalled, ensurePython, root, run, tool } from './lib.mjs';

ensureInstalled();
// What tests call beyond npm, and the Debian package that brings it.
ensureDebian({
  chromium: ['chromium'],
  gcc: ['gcc', 'libc6-dev'],
  'docker-registry': ['docker-registry'],
  mosquitto: ['mosquitto'],
  'nats-server': ['nats-server'],
  'pkcs11-tool': ['opensc'],
  'qemu-system-riscv32': ['qemu-system-misc'],
  python3: ['python3', 'python3-venv'],
  'riscv64-unknown-elf-gcc': ['gcc-riscv64-unknown-elf', 'picolibc-riscv64-unknown-elf'],
  skopeo: ['skopeo'],
  'softhsm2-util': ['softhsm2'],
  tshark: ['tshark'],
  valgrind: ['valgrind'],
  wasm2c: ['wabt'],
});
ensurePython();
await build();
const report = join(root, 'build', 'test-report.json');
mkdirSync(join(root, 'build'), { recursive: true });
rmSync(report, { force: true });
const args = process.argv.slice(2);
const status = run(process.execPath, [
  tool('vitest'),
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...args,
]);
const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
const skipped = testResults.flatMap((file) =>
  file.assertionResults.filter(({ status: is }) => is === 'skipped' || is === 'pending'),
);
for (const { fullName } of skipped) console.log(`SKIPPED: ${fullName}`);
// A file that fails to load counts no test of its own.
const brokenFiles = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
if (numPendingTests > 0) console.log(`${numPendingTests} skipped`);
console.log(`${numPassedTests} passed, ${numFailedTests + brokenFiles} failed`);
process.exit(status === 0 && numPassedTests > 0 ? 0 : 1);
