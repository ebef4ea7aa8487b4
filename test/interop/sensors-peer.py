"""Drivers of other people on our virtual parts: one line of JSON in, one out.

Jobs come on stdin: {"job": "versions"}, {"job": "open", "part": name}, {"job": "read"}, {"job": "modbus", ...}. While one runs, each
access to a bus is a question on stdout ({"op": ...}), whose answer is the next line of stdin; at the end comes {"done": ...}
or {"failed": text}. The modules of CircuitPython that the drivers import stand below; time is the virtual board's.
"""
import json
import sys
import time
import types
from importlib import metadata

PACKAGES = {
    "at24": "adafruit-circuitpython-24lc32",
    "ads1115": "adafruit-circuitpython-ads1x15",
    "bme280": "adafruit-circuitpython-bme280",
    "bmp390": "adafruit-circuitpython-bmp3xx",
    "ds18b20": "adafruit-circuitpython-ds18x20",
    "gnss": "pynmea2",
    "hx711": "adafruit-circuitpython-hx711",
    "ina219": "adafruit-circuitpython-ina219",
    "lis2dh12": "adafruit-circuitpython-lis3dh",
    "max31865": "adafruit-circuitpython-max31865",
    "mcp9808": "adafruit-circuitpython-mcp9808",
    "modbus": "pymodbus",
    "pcf8563": "adafruit-circuitpython-pcf8563",
    "scd41": "adafruit-circuitpython-scd4x",
    "sht4x": "adafruit-circuitpython-sht4x",
    "sps30": "sensirion-i2c-sps30",
    "tmp117": "adafruit-circuitpython-tmp117",
    "vl53l1x": "adafruit-circuitpython-vl53l1x",
}


def ask(**question):
    print(json.dumps(question), flush=True)
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    return json.loads(line)


def transfer(op, **question):
    answer = ask(op=op, **question)
    if "error" in answer:
        raise OSError(answer["error"])
    return bytes.fromhex(answer["result"])


def elapse(seconds):
    ask(op="sleep", seconds=seconds)


class I2C:
    """busio.I2C."""

    def try_lock(self):
        return True

    def unlock(self):
        pass

    def writeto(self, address, buffer, *, start=0, end=None):
        transfer("i2c", address=address, steps=[["w", bytes(buffer[start:end]).hex()]])

    def readfrom_into(self, address, buffer, *, start=0, end=None):
        end = len(buffer) if end is None else end
        buffer[start:end] = transfer("i2c", address=address, steps=[["r", end - start]])

    def writeto_then_readfrom(self, address, out, into, *, out_start=0, out_end=None, in_start=0, in_end=None):
        in_end = len(into) if in_end is None else in_end
        steps = [["w", bytes(out[out_start:out_end]).hex()], ["r", in_end - in_start]]
        into[in_start:in_end] = transfer("i2c", address=address, steps=steps)


class Pin:
    """digitalio.DigitalInOut: a pin of the board, or the select of SPI, which ends what was selected."""

    def __init__(self, number=None, released=lambda: None):
        self.number = number
        self.released = released
        self.direction = self.pull = None
        self._value = True

    def switch_to_output(self, value=False, drive_mode=None):
        self.value = value

    def switch_to_input(self, pull=None):
        pass

    @property
    def value(self):
        return self._value if self.number is None else bool(ask(op="pin", pin=self.number)["result"])

    @value.setter
    def value(self, value):
        self._value = value
        if self.number is not None:
            ask(op="pin", pin=self.number, value=bool(value))
        elif value:
            self.released()


class SPI:
    """busio.SPI. A part is selected anew for each read: what was written since the selection goes before it again."""

    def __init__(self):
        self.written = []
        self.fresh = False

    def try_lock(self):
        return True

    def unlock(self):
        pass

    def configure(self, *, baudrate, polarity, phase):
        self.mode = 2 * polarity + phase
        self.hertz = baudrate

    def write(self, buffer, *, start=0, end=None):
        self.written.append(["w", bytes(buffer[start:end]).hex()])
        self.fresh = True

    def readinto(self, buffer, *, start=0, end=None):
        end = len(buffer) if end is None else end
        steps = self.written + [["r", end - start]]
        buffer[start:end] = transfer("spi", mode=self.mode, hertz=self.hertz, steps=steps)
        self.fresh = False

    def released(self):
        if self.fresh:
            transfer("spi", mode=self.mode, hertz=self.hertz, steps=self.written)
        self.written, self.fresh = [], False


class OneWire:
    """onewireio.OneWire: bits as bytes; a search asks for all 64 bits after each that was chosen."""

    def __init__(self, pin):
        self.reset()

    def reset(self):
        self.bits, self.ahead, self.chosen, self.fresh = [], [], None, True
        try:
            transfer("onewire", steps=[["s"]])
        except OSError:
            return True
        return False

    def write_bit(self, bit):
        if self.chosen is not None:
            self.chosen.append(int(bit))
            self.ahead = []
            return
        self.bits.append(int(bit))
        if len(self.bits) < 8:
            return
        byte = sum(bit << i for i, bit in enumerate(self.bits))
        self.bits = []
        search, self.fresh = byte == 0xF0 and self.fresh, False
        if search:
            self.chosen = []
        else:
            transfer("onewire", steps=[["w", bytes([byte]).hex()]])

    def read_bit(self):
        if not self.ahead and self.chosen is not None:
            at = len(self.chosen)
            directions = sum(bit << i for i, bit in enumerate(self.chosen)).to_bytes(8, "little")
            found = transfer("onewire", steps=[["s"], ["w", "f0"], ["f", directions.hex()]])
            taken, doubt = (int.from_bytes(half, "little") >> at & 1 for half in (found[:8], found[8:]))
            self.ahead = [0, 0] if doubt else [taken, 1 - taken]
        elif not self.ahead:
            (byte,) = transfer("onewire", steps=[["r", 1]])
            self.ahead = [byte >> i & 1 for i in range(8)]
        return self.ahead.pop(0)


def provide(name, **members):
    module = types.ModuleType(name)
    module.__dict__.update(members)
    sys.modules[name] = module


# Names of types, for annotations.
for name in ("circuitpython_typing", "circuitpython_typing.device_drivers"):
    provide(name, __getattr__=lambda name: object, __path__=[])
provide("micropython", const=lambda value: value)
provide("busio", I2C=I2C, SPI=SPI, UART=object)
provide("digitalio", DigitalInOut=Pin, Direction=types.SimpleNamespace(INPUT=0, OUTPUT=1), Pull=types.SimpleNamespace(UP=1))
provide("microcontroller", Pin=object, delay_us=lambda micros: None, disable_interrupts=lambda: None, enable_interrupts=lambda: None)
provide("onewireio", OneWire=OneWire)
time.sleep = elapse
time.monotonic = lambda: ask(op="now")["result"]


def open_bme280():
    from adafruit_bme280.basic import Adafruit_BME280_I2C

    part = Adafruit_BME280_I2C(I2C(), 0x76)
    return lambda: {"temperature": part.temperature, "pressure": part.pressure * 100, "humidity": part.humidity}


def open_bmp390():
    from adafruit_bmp3xx import BMP3XX_I2C

    part = BMP3XX_I2C(I2C(), 0x76)
    elapse(0.002)  # it resets the part and waits for nothing
    return lambda: {"temperature": part.temperature, "pressure": part.pressure * 100}


def open_sht4x():
    from adafruit_sht4x import SHT4x

    part = SHT4x(I2C())
    return lambda: dict(zip(("temperature", "humidity"), part.measurements))


def open_scd41():
    from adafruit_scd4x import SCD4X

    part = SCD4X(I2C())

    def read():
        part.measure_single_shot()
        return {"co2": part.CO2, "temperature": part.temperature, "humidity": part.relative_humidity}

    assert part.sensor_variant_name == "SCD41", part.sensor_variant_name
    return read


def open_tmp117():
    from adafruit_tmp117 import TMP117

    part = TMP117(I2C())
    return lambda: {"temperature": part.take_single_measurement()}


def open_mcp9808():
    from adafruit_mcp9808 import MCP9808

    part = MCP9808(I2C())
    return lambda: {"temperature": part.temperature}


def open_ina219():
    from adafruit_ina219 import INA219

    part = INA219(I2C())

    def read():
        elapse(0.002)
        shunt = part.shunt_voltage
        return {"voltage": part.bus_voltage, "shunt": shunt, "current": part.current / 1000, "power": part.power}

    return read


def open_ads1115():
    from adafruit_ads1x15 import ADS1115, AnalogIn

    part = ADS1115(I2C(), gain=1)
    inputs = [AnalogIn(part, channel) for channel in range(4)]
    difference = AnalogIn(part, 0, 1)

    def read():
        reading = {f"input{n}": pin.voltage for n, pin in enumerate(inputs)} | {"difference": difference.voltage}
        for gain in part.gains:
            part.gain = gain
            reading[f"gain {round(4.096 / gain, 3)}"] = inputs[3].voltage
        part.gain = 1
        return reading

    return read


def open_lis2dh12():
    from adafruit_lis3dh import LIS3DH_I2C, RANGE_2_G, RANGE_4_G, RANGE_8_G, RANGE_16_G

    part = LIS3DH_I2C(I2C(), address=0x18)

    def read():
        reading = {}
        for g, setting in ((16, RANGE_16_G), (8, RANGE_8_G), (4, RANGE_4_G), (2, RANGE_2_G)):
            part.range = setting
            elapse(0.02)
            reading |= {f"{axis} of {g} g": value for axis, value in zip("xyz", part.acceleration)}
        return reading

    return read


def open_vl53l1x():
    from adafruit_vl53l1x import VL53L1X

    part = VL53L1X(I2C())

    def read():
        part.start_ranging()
        while not part.data_ready:
            elapse(0.01)
        centimetres = part.distance
        part.clear_interrupt()
        part.stop_ranging()
        return {"distance": centimetres / 100}

    return read


def open_pcf8563():
    from calendar import timegm

    from adafruit_pcf8563.pcf8563 import PCF8563

    part = PCF8563(I2C())
    lost = part.lost_power
    part.datetime = time.struct_time((2023, 11, 14, 22, 13, 20, 2, 318, -1))
    assert lost and not part.lost_power, "VL is not what it should be"
    return lambda: {"time": timegm(part.datetime)}


def open_at24():
    from adafruit_24lc32 import EEPROM_I2C

    part = EEPROM_I2C(I2C(), 0x50, write_protect=False)

    def read(written=None):
        if written is None:
            return {"bytes": bytes(part[0:64]).hex()}
        data = bytes.fromhex(written)
        part[0 : len(data)] = data

    return read


def open_ds18b20():
    from adafruit_ds18x20 import DS18X20
    from adafruit_onewire.bus import OneWireBus

    bus = OneWireBus(None)
    (address,) = bus.scan()
    part = DS18X20(bus, address)
    assert part.resolution == 12, part.resolution
    return lambda: {"temperature": part.temperature}


def open_max31865():
    from adafruit_max31865 import MAX31865

    spi = SPI()
    part = MAX31865(spi, Pin(released=spi.released), rtd_nominal=100, ref_resistor=430.0, wires=2)

    def read():
        if any(part.fault):
            raise OSError("fault")
        return {"temperature": part.temperature}

    return read


def open_hx711():
    from adafruit_hx711.hx711 import HX711

    part = HX711(Pin(4), Pin(5))

    def read():
        elapse(0.5)
        return {"counts": part.read(HX711.CHAN_A_GAIN_128)}

    return read


def open_sps30():
    from sensirion_driver_adapters.i2c_adapter.i2c_channel import I2cChannel
    from sensirion_i2c_driver import CrcCalculator, I2cConnection
    from sensirion_i2c_sps30.commands import OutputFormat
    from sensirion_i2c_sps30.device import Sps30Device

    class Transceiver:
        API_VERSION = 1
        channel_count = None

        def transceive(self, slave_address, tx_data, rx_length, read_delay, timeout):
            try:
                if tx_data:
                    transfer("i2c", address=slave_address, steps=[["w", bytes(tx_data).hex()]])
                if read_delay:
                    elapse(read_delay)
                received = transfer("i2c", address=slave_address, steps=[["r", rx_length]]) if rx_length else b""
            except OSError as error:
                return 2, error, b""
            return 0, None, received

    part = Sps30Device(I2cChannel(I2cConnection(Transceiver()), slave_address=0x69, crc=CrcCalculator(8, 0x31, 0xFF, 0x00)))
    part.wake_up_sequence()
    part.stop_measurement()
    kind = part.read_product_type()
    assert kind.rstrip("\0") == "00080000", kind
    assert part.read_device_status_register() == 0

    knobs = ["mass1", "mass2", "mass4", "mass10", "number0", "number1", "number2", "number4", "number10", "size"]

    def read():
        part.start_measurement(OutputFormat.OUTPUT_FORMAT_UINT16)
        whole = part.read_measurement_values_uint16()
        part.stop_measurement()
        part.start_measurement(OutputFormat.OUTPUT_FORMAT_FLOAT)
        binary = part.read_measurement_values_float()
        part.stop_measurement()
        floats = {f"{knob} as binary32": value for knob, value in zip(knobs, binary)}
        return dict(zip(knobs, whole)) | floats

    return read


def modbus(request, answer):
    """A request and its answer as pymodbus reads them, and the bytes that it would send for them."""
    from pymodbus.framer import FramerRTU
    from pymodbus.pdu import DecodePDU

    read = {}
    for name, frame, server in (("request", request, True), ("answer", answer, False)):
        framer = FramerRTU(DecodePDU(server))
        used, pdu = framer.handleFrame(bytes.fromhex(frame), 0, 0)
        assert pdu is not None and used == len(frame) // 2, f"{frame} is no frame"
        read[name] = {
            "function": pdu.function_code,
            "unit": pdu.dev_id,
            "address": pdu.address,
            "count": pdu.count,
            "bits": [int(bit) for bit in pdu.bits],
            "registers": list(pdu.registers),
            "frame": framer.buildFrame(pdu).hex(),
        }
    return read


def nmea(text):
    import pynmea2

    sentences = [pynmea2.parse(line, check=True) for line in text.split("\r\n") if line]
    gga, rmc = sentences
    assert rmc.status == "A" and gga.gps_qual == 1
    return {
        "latitude": gga.latitude,
        "longitude": gga.longitude,
        "altitude": float(gga.altitude),
        "satellites": int(gga.num_sats),
        "knots": float(rmc.spd_over_grnd),
        "course": float(rmc.true_course),
        "time": rmc.datetime.timestamp(),
    }


def versions():
    found = {}
    for part, package in PACKAGES.items():
        try:
            found[part] = f"{package} {metadata.version(package)}"
        except metadata.PackageNotFoundError:
            pass
    return found


def main():
    reader = None
    for line in sys.stdin:
        job = json.loads(line)
        kind = job.pop("job")
        try:
            if kind == "open":
                reader = globals()[f"open_{job['part']}"]()
                done = True
            elif kind == "read":
                done = reader(**job)
            else:
                done = {"versions": versions, "modbus": modbus, "nmea": nmea}[kind](**job)
            print(json.dumps({"done": done}), flush=True)
        except Exception as error:
            print(json.dumps({"failed": f"{type(error).__name__}: {error}"}), flush=True)


main()
