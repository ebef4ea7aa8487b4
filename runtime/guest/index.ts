/** The SDK: what a module imports from "motekit/runtime/guest". */
export { ActorBudget, ActorStats, actors, GrantList, mail } from './actors';
export { errorCode } from './answer';
export { clock, data, flash, Geometry, log, mqtt, radio, random, settings, timer } from './board';
export { adc, gpio, i2c, oneWire, pwm, Script, spi, uart, UartConfig } from './buses';
export { Bytes } from './bytes';
export { command, Outcome, Priority, Reply, telemetry, twin } from './delivery';
export { datagram } from './datagram';
export {
  ActorsState as ActorState,
  Capability,
  ErrorCode,
  FlashRegion,
  GpioEdge,
  GpioPull,
  LogLevel,
  MqttQos,
  SpiMode,
  Step,
  UartParity,
} from './generated/host';
export { http } from './http';
export { liftBytes, lowerBytes, lowerString } from './lift';
export { Module, run } from './module';
