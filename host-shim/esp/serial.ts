/** A serial port of this machine with the face of the Web Serial API, which esptool-js speaks. */
import { access } from 'node:fs/promises';
import { fault } from '../errors.ts';

/** The part of Web Serial (WICG) that is used. */
export interface WebSerialPort {
  readable: ReadableStream<Uint8Array> | null;
  writable: WritableStream<Uint8Array> | null;
  getInfo(): { usbVendorId?: number; usbProductId?: number };
  open(options: { baudRate: number }): Promise<void>;
  setSignals(signals: { dataTerminalReady?: boolean; requestToSend?: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** The port at `path`, closed. Throws port-missing when there is no such port; `open()` throws port-refused. */
export async function serialPort(path: string): Promise<WebSerialPort> {
  const { SerialPort } = await import('serialport');
  // The list is udev's on Linux, which a small system may lack; the port works without.
  const known = await SerialPort.list().catch(() => []);
  const entry = known.find((port) => port.path === path);
  if (
    !entry &&
    !(await access(path).then(
      () => true,
      () => false,
    ))
  ) {
    const others = known.filter(({ vendorId }) => vendorId).map((port) => port.path);
    throw fault('port-missing', { path, others: others.join(', ') || 'none' });
  }
  const id = (text: string | undefined) => (text === undefined ? {} : { id: Number.parseInt(text, 16) });
  const { id: usbVendorId } = id(entry?.vendorId) as { id?: number };
  const { id: usbProductId } = id(entry?.productId) as { id?: number };
  let open: InstanceType<typeof SerialPort> | undefined;
  const self: WebSerialPort = {
    readable: null,
    writable: null,
    getInfo: () => ({
      ...(usbVendorId !== undefined && { usbVendorId }),
      ...(usbProductId !== undefined && { usbProductId }),
    }),
    async open({ baudRate }) {
      const port = new SerialPort({ path, baudRate, autoOpen: false });
      await new Promise<void>((resolve, reject) =>
        port.open((error) => (error ? reject(fault('port-refused', { path, why: error.message }, error)) : resolve())),
      );
      open = port;
      self.readable = new ReadableStream({
        start(controller) {
          port.on('data', (bytes: Buffer) => controller.enqueue(new Uint8Array(bytes)));
          port.on('error', (error) => controller.error(error));
          port.on('close', () => {
            // Closed by us, the stream may have been cancelled before.
            try {
              controller.close();
            } catch {}
          });
        },
      });
      self.writable = new WritableStream({
        write: (bytes) =>
          new Promise((resolve, reject) =>
            port.write(bytes, (error) => (error ? reject(error) : port.drain(() => resolve()))),
          ),
      });
    },
    async setSignals({ dataTerminalReady, requestToSend }) {
      const lines = {
        ...(dataTerminalReady !== undefined && { dtr: dataTerminalReady }),
        ...(requestToSend !== undefined && { rts: requestToSend }),
      };
      await new Promise<void>((resolve, reject) => open?.set(lines, (error) => (error ? reject(error) : resolve())));
    },
    async close() {
      await new Promise<void>((resolve) => (open?.isOpen ? open.close(() => resolve()) : resolve()));
      self.readable = null;
      self.writable = null;
    },
  };
  return self;
}
