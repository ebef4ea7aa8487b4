// A headless Chromium for tests of what runs in a page, and a server on loopback for what the page loads.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';

const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);
/** For the names of tests: empty when there is a browser. */
export const lacksBrowser = chromium ? '' : ' (SKIPPED: no chromium on the PATH)';

const TYPES: Record<string, string> = {
  '': 'text/html',
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};

export interface Site {
  /** The document after its scripts have run; `path` begins with a slash. */
  dom(path: string): Promise<string>;
  close(): void;
}

/** Serves what `file` gives for a path (undefined: 404), and shows it in the browser. */
export async function openSite(file: (path: string) => string | Uint8Array | undefined): Promise<Site> {
  const profile = mkdtempSync(join(tmpdir(), 'mote-page-'));
  const server = createServer(({ url }, response) => {
    const { pathname } = new URL(url!, 'http://page');
    const content = file(pathname);
    response.writeHead(content === undefined ? 404 : 200, { 'content-type': TYPES[extname(pathname)] ?? 'text/plain' });
    response.end(content ?? '');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    async dom(path) {
      const flags = [
        ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
        ['--disable-background-networking', '--disable-component-update', `--user-data-dir=${profile}`],
        ['--virtual-time-budget=5000', '--dump-dom', `http://127.0.0.1:${port}${path}`],
      ].flat();
      const child = spawn(chromium!, flags, { stdio: ['ignore', 'pipe', 'ignore'] });
      let text = '';
      for await (const chunk of child.stdout) text += chunk;
      return text;
    },
    close() {
      server.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
