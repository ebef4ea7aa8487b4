/** A kernel made of scripts, to try what the real one must never do. The name that is booted chooses the script. */
import asc from 'assemblyscript/asc';

const SOURCE = `
@external("port", "log") declare function port_log(level: u32, who: usize, wholen: u32, text: usize, len: u32): void;
@external("port", "clock_now") declare function port_clock_now(): u64;
@external("port", "mqtt_subscribe") declare function port_mqtt_subscribe(actor: u32, filter: usize, len: u32): i32;
@external("port", "flash_program") declare function port_flash_program(region: u32, offset: u32, data: usize, len: u32): i32;
@external("port", "radio_send") declare function port_radio_send(frame: usize, len: u32): i32;

let script = "";
let scratch: usize = 0;
let halted = false;
let deadline: u64 = u64.MAX_VALUE;
let steps = 0;
const mail = new Array<string>();

function log(text: string): void {
  const bytes = String.UTF8.encode(text);
  port_log(1, changetype<usize>(bytes), 0, changetype<usize>(bytes), bytes.byteLength);
}
export function mote_scratch(len: u32): usize { return (scratch = heap.alloc(len)); }
export function mote_boot(name: usize, len: u32, budget: usize): i32 {
  script = String.UTF8.decodeUnsafe(name, len);
  log(script + " " + load<u32>(budget).toString() + " " + load<u32>(budget, 12).toString());
  if (script == "refuse") return -3;
  if (script == "boot-trap") unreachable();
  if (script == "timer") deadline = port_clock_now() + 1000;
  port_mqtt_subscribe(7, name, len);
  return 7;
}
export function mote_on_mqtt(actor: u32, topic: usize, topicLen: u32, payload: usize, len: u32): i32 {
  if (len > 100) return -4;
  if (mail.length == 2) return -5;
  mail.push(actor.toString() + " " + String.UTF8.decodeUnsafe(topic, topicLen) + " " + String.UTF8.decodeUnsafe(payload, len));
  return 0;
}
export function mote_on_radio(frame: usize, len: u32, rssi: i32): u32 {
  mail.push("radio " + load<u8>(frame).toString() + " " + rssi.toString());
  return 1;
}
export function mote_step(): i32 {
  steps++;
  if (script == "halt") halted = true;
  if (script == "trap") unreachable();
  if (script == "spin") return 1;
  if (script == "flash" && steps == 1) log(port_flash_program(0, 0, scratch & ~3, 4).toString());
  if (script == "echo" && steps == 1) log(port_radio_send(scratch, 3).toString());
  if (port_clock_now() >= deadline) {
    log("timer " + port_clock_now().toString());
    deadline = port_clock_now() + 1000;
    return 1;
  }
  if (mail.length == 0 || script == "stuck") return 0;
  if (script == "slow" && steps % 3 != 0) return 1;
  log(mail.shift());
  return 1;
}
export function mote_next_deadline(): u64 { return deadline; }
export function mote_halted(): i32 { return halted ? 1 : 0; }
`;

/** Compiles the scripts. */
export async function scriptedKernel(): Promise<WebAssembly.Module> {
  const files: Record<string, unknown> = {};
  const { error, stderr } = await asc.main(['kernel.ts', '-o', 'kernel.wasm', '--runtime', 'stub', '--use', 'abort='], {
    readFile: (name) => (name === 'kernel.ts' ? SOURCE : null),
    writeFile: (name, contents) => {
      files[name] = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(stderr.toString());
  return new WebAssembly.Module(files['kernel.wasm'] as Uint8Array<ArrayBuffer>);
}
