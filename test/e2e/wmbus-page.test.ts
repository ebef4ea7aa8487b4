/** The page docs/wmbus in headless Chromium: what it shows is what the decoder says here. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacksBrowser, openSite, type Site } from '../support/browser.ts';
import { fragmentsOf, hex, KEY, RECORDS } from '../unit/wmbus-encoder.ts';
import { bytes, type Codec, instantiate, root } from '../vectors/wmbus-harness.ts';

const GAS =
  '2E44931578563412330333637A2A0020255923C95AAA26D1B2E7493BC2AD013EC4A6F6D3529B520EDFF0EA6DEFC955B29D6D69EBF3EC8A';
const GAS_KEY = '0102030405060708090A0B0C0D0E0F11';

/** The folder that the build makes, to be served as it is. */
const page = join(root, 'dist/docs/wmbus');
const lacks = lacksBrowser || (existsSync(join(page, 'index.html')) ? '' : ' (SKIPPED: npm run build has not made it)');

describe.skipIf(lacks !== '')(`docs/wmbus${lacks}`, () => {
  let site: Site;
  let codec: Codec;

  beforeAll(async () => {
    codec = await instantiate(readFileSync(join(page, 'wmbus.wasm')));
    // Like any static server: the files of the folder, and nothing else.
    site = await openSite((path) => {
      const file = join(page, path === '/' ? 'index.html' : basename(path));
      return existsSync(file) ? readFileSync(file) : undefined;
    });
  }, 60_000);
  afterAll(() => site?.close());

  const shown = (dom: string): string =>
    /<pre id="json">([\s\S]*?)<\/pre>/
      .exec(dom)![1]!
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&amp;', '&');

  it('decodes an encrypted telegram to the same JSON, and shows its readings', async () => {
    const dom = await site.dom(`/#telegram=${GAS}&key=${GAS_KEY}`);
    expect(shown(dom)).toBe(codec.text(bytes(GAS), bytes(GAS_KEY)));
    expect(dom).toContain('<h2>ELS 12345678, version 51, gas</h2>');
    expect(dom).toContain('<td>28504.27</td><td>m3</td>');
    expect(dom).toContain('<td>21</td><td>AA26D1B2</td><td>27048502</td><td>apl</td><td>data</td>');
  }, 60_000);

  it('says why a telegram is refused', async () => {
    const dom = await site.dom(`/#telegram=${GAS}`);
    expect(dom).toContain('encrypted, and no key for this meter (no-key, layer tpl, byte 17)');
    expect(dom).not.toContain('<th>Quantity</th>');
    expect(dom).toMatch(/<tr class="refused"><td>17<\/td>/);
  }, 60_000);

  it('puts a message together out of its fragments', async () => {
    const [first, last] = fragmentsOf(RECORDS, 20).frames.map(hex);
    const dom = await site.dom(`/#telegram=${last}&key=${hex(KEY)}&before=${first}`);
    expect(dom).toContain('<td>volume</td><td>876.543</td><td>m3</td>');
    expect(dom).toContain('The message out of its fragments, decrypted:');
    expect(dom).toContain('<td>10</td><td>43658700</td><td></td><td>apl</td><td>data</td>');
  }, 60_000);

  it('says what is no telegram, and takes no markup from it', async () => {
    const dom = await site.dom(`/#telegram=${encodeURIComponent('<b>1</b>')}`);
    expect(dom).toContain('Digit 1 of the telegram is no hexadecimal digit.');
    expect(dom).not.toContain('<b>');
    // A text record of the meter: `<b>` stays text.
    const text = await site.dom('/#telegram=1044AE0C785634120107780D78033E623C');
    expect(text).toContain('<td>&lt;b&gt;</td>');
  }, 60_000);
});
