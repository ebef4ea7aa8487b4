/** The rv32 board fetches its update by itself, over its serial link, and goes on after QEMU was killed in between. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { push, startBroker, WebLink } from '../../host-shim/index.ts';
import { createQemuBoard } from '../../host-shim/qemu/index.ts';
import { readBundle } from '../../host-shim/release/bundle.ts';
import { urlSource } from '../../host-shim/release/source.ts';
import { testBundle } from '../support/device.ts';
import { online } from '../support/online.ts';
import { describeTarget } from '../support/tools.ts';

const BASE = 'acme/lab/esp32c6/fetch';

describeTarget('an rv32 board that fetches', () => {
  it('is CONFIRMED, and asks for no more than one piece twice', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'mote-fetch-'));
    const small = readBundle(await testBundle('test/fixtures/modules/steady')).payload;
    // Three pieces, of which the machine has to run little: a custom section (WebAssembly core 2.5.2) of 10,000 bytes.
    const padding = Buffer.concat([Buffer.of(0, 0x90, 0x4e, 1, 0x78), Buffer.alloc(9998)]);
    const bundle = await testBundle('test/fixtures/modules/steady', { wasm: Buffer.concat([small, padding]) });
    const broker = await startBroker();
    const asked: number[] = [];
    let killed = false;
    const server = createServer((request, response) => {
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')!.map(Number);
      if (from! > 0) asked.push(from!);
      if (asked.length === 2 && !killed) {
        killed = true;
        // The answer is lost with the machine.
        void board.stop().then(() => board.start());
        return;
      }
      const part = bundle.subarray(from, to! + 1);
      const range = `bytes ${from}-${from! + part.length - 1}/${bundle.length}`;
      response.writeHead(206, { etag: '"1"', 'content-range': range }).end(part);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/gateway.mote`;
    const board = await createQemuBoard({
      ...online('fetch', broker),
      flash: join(scratch, 'flash.bin'),
      http: new WebLink(),
    });
    board.start();
    try {
      const options = { bundle: await urlSource(url), broker: broker.url, device: BASE, pull: true, resendMs: 500 };
      expect(await push(options)).toMatchObject({ state: 'CONFIRMED', chunks: 0 });
      expect(killed).toBe(true);
      expect(asked.length - new Set(asked).size).toBe(1);
    } finally {
      await board.stop();
      server.closeAllConnections();
      server.close();
      await broker.stop();
      rmSync(scratch, { recursive: true, force: true });
    }
  }, 300_000);
});
