/** The SDK: what a module imports from "motekit/runtime/guest". */
export { ActorBudget, ActorStats, actors, GrantList, mail } from './actors';
export { errorCode } from './answer';
export { clock, flash, Geometry, log, mqtt, radio, random, settings, timer } from './board';
export { Bytes } from './bytes';
export { ActorsState as ActorState, Capability, ErrorCode, FlashRegion, LogLevel, MqttQos } from './generated/host';
export { liftBytes, lowerBytes, lowerString } from './lift';
export { Module, run } from './module';
