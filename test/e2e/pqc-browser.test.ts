/** motekit/pqc in headless Chromium: the built package gives the same bytes as here, in both builds. */
import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../modules/lib/pqc-builds.mjs';
import * as here from '../../modules/lib/host/pqc.ts';
import { lacksBrowser, openSite, type Site } from '../support/browser.ts';

/** Runs here and, as text, in the page: all operations of two sets in a build, as one line of text. */
function exercise(pqc: typeof here, build: 'scalar' | 'simd'): string {
  const kem = pqc.createMlKem(768, () => pqc.loadMlKem(build));
  const dsa = pqc.createMlDsa(65, () => pqc.loadMlDsa(build));
  const hex = (bytes: Uint8Array) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
  const keys = kem.keygen(new Uint8Array(64).fill(3));
  const { cipherText, sharedSecret } = kem.encapsulate(keys.publicKey, new Uint8Array(32).fill(5));
  const signer = dsa.keygen(new Uint8Array(32).fill(7));
  const message = new Uint8Array(100).fill(9);
  const signature = dsa.sign(message, signer.secretKey, { extraEntropy: false });
  return [
    ...[keys.publicKey, cipherText, sharedSecret, kem.decapsulate(cipherText, keys.secretKey), signature].map(hex),
    dsa.verify(signature, message, signer.publicKey),
    dsa.verify(signature, message.fill(8), signer.publicKey),
  ].join(' ');
}

const PAGE = `<pre id="out">nothing</pre><script type="module">
import * as pqc from '/modules/lib/host/pqc.js';
const exercise = ${exercise.toString()};
const out = document.getElementById('out');
try {
  out.textContent = [pqc.bestBuild(), exercise(pqc, 'scalar'), exercise(pqc, 'simd')].join('\\n');
} catch (error) {
  out.textContent = String(error);
}
</script>`;

describe.skipIf(lacksBrowser !== '')(`motekit/pqc in a browser${lacksBrowser}`, () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite((path) => {
      if (path === '/') return PAGE;
      const file = join(root, 'dist', normalize(path));
      return existsSync(file) ? readFileSync(file) : undefined;
    });
  });
  afterAll(() => site?.close());

  it('makes the same keys, ciphertexts and signatures, and takes SIMD by itself', async () => {
    const [, text] = /<pre id="out">([^<]*)<\/pre>/.exec(await site.dom('/'))!;
    expect(text!.split('\n')).toEqual(['simd', exercise(here, 'scalar'), exercise(here, 'simd')]);
  }, 60_000);
});
