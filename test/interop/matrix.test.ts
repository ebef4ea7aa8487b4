// The interop matrix of docs/mqtt-sn.md says what tests say, and each of its cells names a test that is there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repoRoot } from '../support/device.ts';
import { MATRIX, renderMatrix } from './matrix.ts';

test('the document has the matrix', () => {
  expect(readFileSync(join(repoRoot, 'docs', 'mqtt-sn.md'), 'utf8')).toContain(`\n${renderMatrix()}\n`);
});

test.each(MATRIX)('what it says of $peer was tested', ({ peer, cells }) => {
  for (const { file, test: title } of Object.values(cells)) {
    const text = readFileSync(join(repoRoot, 'test', 'interop', file), 'utf8');
    expect([file, text.includes(title)]).toEqual([file, true]);
    // A test of another peer says nothing of this one.
    const word = peer.split(' ')[0]!.replace('nats-server', 'nats');
    expect([file, text.toLowerCase().includes(word)]).toEqual([file, true]);
  }
});
