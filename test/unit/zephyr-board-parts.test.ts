/** The Zephyr board's C that needs no Zephyr: compiled for this machine, with sanitizers, and fed with anything. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matches, validFilter, validTopic } from '../../host-shim/board/topics.ts';
import { repoRoot } from '../support/device.ts';

const missing = spawnSync('gcc', ['--version']).status === 0 ? '' : ' (skipped: gcc is missing)';
const SOURCE = join(repoRoot, 'zephyr-board', 'app', 'src');

describe.skipIf(missing)(`the Zephyr board's parts${missing}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mote-parts-'));
  const program = join(folder, 'parts');
  /** One answer a line. */
  const ask = (lines: string[]) => {
    const { status, stdout, stderr } = spawnSync(program, { input: `${lines.join('\n')}\n`, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    return stdout.split('\n').slice(0, -1);
  };
  const hex = (text: string | Uint8Array) => Buffer.from(text as string).toString('hex') || '-';

  beforeAll(() => {
    const { status, stderr } = spawnSync(
      'gcc',
      [
        ...['-std=c11', '-Wall', '-Wextra', '-Werror', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover'],
        ...['-I', SOURCE, join(SOURCE, 'topics.c'), join(SOURCE, 'rc1180_frame.c')],
        ...[join(import.meta.dirname, 'zephyr-board', 'parts.c'), '-o', program],
      ],
      { encoding: 'utf8' },
    );
    expect(`${status}${stderr}`).toBe('0');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('takes the topics and filters that the emulated board takes, and matches them alike', () => {
    const texts = [
      'a',
      '',
      '/',
      'a/',
      '/a',
      'a/b',
      'a/b/c',
      '+',
      '#',
      'a/+',
      'a/#',
      '+/b',
      'a+',
      'a/#/b',
      '#/a',
      '+/+',
      'ä/ö',
    ];
    texts.push(
      'a'.repeat(256),
      'a'.repeat(257),
      'a\u0000b',
      'a\u0085',
      'a\u007f',
      '\u2028',
      '😀',
      'a//b',
      '//',
      '+//',
      'a/+/c',
    );
    expect(ask(texts.map((text) => `topic ${hex(text)}`))).toEqual(texts.map((text) => String(+validTopic(text))));
    expect(ask(texts.map((text) => `filter ${hex(text)}`))).toEqual(texts.map((text) => String(+validFilter(text))));
    const pairs = texts
      .filter(validFilter)
      .flatMap((filter) => texts.filter(validTopic).map((topic) => [filter, topic] as const));
    expect(pairs.length).toBeGreaterThan(100);
    const said = ask(pairs.map(([filter, topic]) => `match ${hex(filter)} ${hex(topic)}`));
    const wrong = pairs.filter(([filter, topic], i) => said[i] !== String(+matches(filter, topic)));
    expect(wrong).toEqual([]);
  });

  it('refuses what is not UTF-8', () => {
    const bad = ['80', 'c080', 'c3', 'e2 82', 'eda080', 'f4908080', 'f8', 'ff', '61c3', 'e08080', 'f0808080'];
    expect(ask(bad.map((bytes) => `topic ${bytes.replaceAll(' ', '')}`))).toEqual(bad.map(() => '0'));
  });

  it('finds the frames of an RC1180, with and without signal strength', () => {
    const frame = `0e44${'11'.repeat(13)}`;
    expect(ask([`radio 0 ${frame}`])).toEqual([`${frame} 0`]);
    expect(ask([`radio 1 ${frame}8c${frame}ff`])).toEqual([`${frame} -70 ${frame} -127`]);
    // The end of a frame that began before we listened, then a pause.
    expect(ask([`radio 0 1122p${frame}`, `radio 0 30aabbp${frame}`])).toEqual([`${frame} 0`, `${frame} 0`]);
    // Too short to have C, M and A: not the beginning of a frame.
    expect(ask([`radio 0 0508p${frame}`, `radio 0 0508${frame}`])).toEqual([`${frame} 0`, `${frame} 0`]);
    expect(ask([`radio 0 ff${'22'.repeat(255)}`])).toEqual([`ff${'22'.repeat(255)} 0`]);
  });

  it('stands any bytes', () => {
    let seed = 1;
    const byte = () => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return seed >>> 24;
    };
    const lines = Array.from({ length: 400 }, (_, i) => {
      const bytes = hex(Uint8Array.from({ length: 1 + (byte() % 300) }, byte));
      return i % 2 ? `radio ${i % 4 === 1 ? 0 : 1} ${bytes}` : `topic ${bytes}`;
    });
    expect(ask(lines)).toHaveLength(lines.length);
  });
});
