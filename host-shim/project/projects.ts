/** The templates of projects, with what each is about. Light: the command line loads it for every command. */
export const PROJECTS = {
  blinky: 'an LED that blinks: pins and timers',
  sensor: 'a BME280 on I2C, published every minute',
  'meter-gateway': 'Wireless M-Bus to SenML',
  'modbus-gateway': 'a meter on Modbus RTU, polled by a plan',
} as const;

export type ProjectTemplate = keyof typeof PROJECTS;

/** Buses for which there is a template of a driver, with what it begins as. */
export const DRIVERS = {
  i2c: 'registers of 16 bits and an identity',
  spi: 'registers of 8 bits and an identity',
  onewire: 'a ROM code and a scratchpad with a CRC',
  uart: 'a question and a line with a check sum',
  gpio: 'a converter with a data and a clock line',
  adc: 'a voltage and the range that is a sensor',
} as const;

export type DriverBus = keyof typeof DRIVERS;
