/** The page docs/wmbus in headless Chromium: what it shows is what the decoder says here. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileModule } from '../../runtime/guest/compiler/index.ts';
import { bytes, type Codec, instantiate, root } from '../vectors/wmbus-harness.ts';

const browser = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);
const TYPES: Record<string, string> = {
  html: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  wasm: 'application/wasm',
};
const GAS =
  '2E44931578563412330333637A2A0020255923C95AAA26D1B2E7493BC2AD013EC4A6F6D3529B520EDFF0EA6DEFC955B29D6D69EBF3EC8A';
const GAS_KEY = '0102030405060708090A0B0C0D0E0F11';

describe.skipIf(!browser)(`docs/wmbus${browser ? '' : ' (SKIPPED: no chromium on the PATH)'}`, () => {
  let server: Server;
  let codec: Codec;
  const profile = mkdtempSync(join(tmpdir(), 'mote-page-'));

  beforeAll(async () => {
    const { wasm } = await compileModule(join(root, 'modules/wmbus'));
    codec = await instantiate(wasm);
    server = createServer(({ url }, response) => {
      const name = new URL(url!, 'http://page').pathname.slice(1) || 'index.html';
      const known = /^(index\.html|page\.css|page\.js|wmbus\.wasm)$/.test(name);
      response.writeHead(known ? 200 : 404, { 'content-type': TYPES[name.split('.').at(-1)!] ?? 'text/plain' });
      response.end(known ? (name === 'wmbus.wasm' ? wasm : readFileSync(join(root, 'docs/wmbus', name))) : '');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  }, 60_000);
  afterAll(() => {
    server?.close();
    rmSync(profile, { recursive: true, force: true });
  });

  /** The page's document after its script has run. */
  async function page(hash: string): Promise<string> {
    const { port } = server.address() as AddressInfo;
    const flags = [
      ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
      ['--disable-background-networking', '--disable-component-update', `--user-data-dir=${profile}`],
      ['--virtual-time-budget=5000', '--dump-dom', `http://127.0.0.1:${port}/${hash}`],
    ].flat();
    const child = spawn(browser!, flags, { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    for await (const chunk of child.stdout) text += chunk;
    return text;
  }

  const shown = (dom: string): string =>
    /<pre id="json">([\s\S]*?)<\/pre>/
      .exec(dom)![1]!
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&amp;', '&');

  it('decodes an encrypted telegram to the same JSON, and shows its readings', async () => {
    const dom = await page(`#telegram=${GAS}&key=${GAS_KEY}`);
    expect(shown(dom)).toBe(codec.text(bytes(GAS), bytes(GAS_KEY)));
    expect(dom).toContain('<h2>ELS 12345678, version 51, gas</h2>');
    expect(dom).toContain('<td>28504.27</td><td>m3</td>');
  }, 60_000);

  it('says why a telegram is refused', async () => {
    const dom = await page(`#telegram=${GAS}`);
    expect(dom).toContain('encrypted, and no key for this meter (no-key, layer tpl, byte 17)');
    expect(dom).not.toContain('<table>');
  }, 60_000);

  it('says what is no telegram, and takes no markup from it', async () => {
    const dom = await page(`#telegram=${encodeURIComponent('<b>1</b>')}`);
    expect(dom).toContain('no hexadecimal digits');
    expect(dom).not.toContain('<b>');
    // A text record of the meter: `<b>` stays text.
    const text = await page('#telegram=1044AE0C785634120107780D78033E623C');
    expect(text).toContain('<td>&lt;b&gt;</td>');
  }, 60_000);
});
