/** A driver (the class `Driver` of modules/sensors) in a module of its own that does what a test tells it. */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { packageRoot, writeWhole } from '../../files.ts';
import { type CompiledModule, compileModule, projectOf } from '../../../runtime/guest/compiler/index.ts';

export interface DriverSource {
  /** Absolute path of the driver's file. */
  source: string;
  /** The class that it exports. */
  className: string;
  /** How one is made; `new <className>()` unless it wants its configuration (`config`). */
  made?: string;
}

const BY_NAME = 'motekit/modules/sensors/assembly/';
const BUDGETS = { memory: 16_384, fuel: 1_000_000, stack: 4096, mailbox: 4096, outbox: 0 };
const GRANTS = ['i2c', 'spi', 'gpio', 'adc', 'pwm', 'uart', 'one-wire', 'settings', 'mqtt-publish', 'mqtt-subscribe'];

/** Compiles the module; `folder` gets its source, by default one below build/ of the driver's project. Throws CompileError. */
export async function compileHarness(
  { source, className, made = `new ${className}()` }: DriverSource,
  folder?: string,
): Promise<CompiledModule> {
  const name = `driver-${className.toLowerCase()}`.slice(0, 32);
  const mark = createHash('sha256').update(source).digest('hex').slice(0, 8);
  const dir = folder ?? join(projectOf(dirname(source)), 'build', 'test-modules', `${name}-${mark}`);
  await mkdir(dir, { recursive: true });
  const path = (file: string) => JSON.stringify(relative(dir, file).replaceAll('\\', '/').replace(/\.ts$/, ''));
  // As the driver itself names them: by another path they would be other classes.
  const byName = (await readFile(source, 'utf8')).includes(`'${BY_NAME}`);
  const sensors = (file: string) =>
    byName
      ? JSON.stringify(`${BY_NAME}${file.replace(/\.ts$/, '')}`)
      : path(join(packageRoot(), 'modules', 'sensors', 'assembly', file));
  await writeWhole(join(dir, 'index.ts'), text(className, made, path(source), sensors));
  await writeWhole(
    join(dir, 'module.json'),
    JSON.stringify({ name, version: '0.0.0', world: 'module', budgets: BUDGETS, grants: GRANTS }),
  );
  return compileModule(dir, { out: join(dir, 'out') });
}

/**
 * Commands are letters, published below `command`: o open, s start, r read, z sleep, t selftest, p the highest address that
 * was ever used; a capital letter is answered only with the code, 4 bytes. An answer is the code, a fault's name, and the records:
 * quantity, unit, channel, mantissa, exponent.
 */
function text(className: string, made: string, driver: string, sensors: (file: string) => string): string {
  return `import { Bytes, Module, mqtt, MqttQos, run, settings } from 'motekit/runtime/guest';
import { Config } from ${sensors('config.ts')};
import { faultName } from ${sensors('driver.ts')};
import { Records } from ${sensors('records.ts')};
import { ${className} } from ${driver};

class Harness extends Module {
  private records: Records = new Records();
  private topic: Bytes = Bytes.of(Bytes.utf8('code').copy());
  private code: Bytes = Bytes.alloc(4);
  private driver: ${className};

  constructor(private config: Config) {
    super();
    this.driver = ${made};
  }

  override onStart(): void {
    mqtt.subscribe('command');
  }

  override onMqtt(topic: Bytes, payload: Bytes): void {
    this.records.clear();
    let code: i32 = 0;
    const letter: u32 = payload.get(0);
    switch (letter | 0x20) {
      case 0x6f:
        code = this.driver.open(this.config);
        break;
      case 0x73:
        code = this.driver.start();
        break;
      case 0x72:
        code = this.driver.read(this.records);
        break;
      case 0x7a:
        code = this.driver.sleep();
        break;
      case 0x74:
        code = this.driver.selftest();
        break;
      case 0x70:
        code = __arena_peak();
        break;
    }
    if (!(letter & 0x20)) {
      store<i32>(this.code.ptr, code);
      mqtt.publishTo(this.topic, this.code, MqttQos.AtMostOnce);
      return;
    }
    let answer = code.toString() + ';' + (code < 0 ? faultName(code) : '');
    for (let i: u32 = 0; i < this.records.count; i++)
      answer += ';' + this.records.quantity(i) + '|' + this.records.unit(i) + '|' + this.records.channel(i) + '|' +
        this.records.mantissa(i).toString() + '|' + this.records.exponent(i).toString();
    mqtt.publish('answer', Bytes.utf8(answer), MqttQos.AtMostOnce);
  }

  override onUart(port: u32, bytes: Bytes, faults: u32): void {
    this.driver.onBytes(port, bytes.ptr, bytes.length);
  }

  override onGpio(pin: u32, high: bool, count: u32, at: u32): void {
    this.driver.onEdge(pin, high, count, at);
  }
}

run(new Harness(new Config(settings.get('config')!)));
`;
}
