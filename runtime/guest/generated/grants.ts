// Generated from runtime/abi/mote.wit by `npm run generate`. Do not edit.

/** Names of capabilities, in order, as manifests have them. */
export const CAPABILITIES: string =
  'settings radio-receive radio-send mqtt-publish mqtt-subscribe flash actors mail i2c spi gpio adc pwm uart one-wire datagram data http';
/** Grants that no application module has: written with a `:`; a `*` at the end stands for any text. */
export const REFUSED_GRANTS: string =
  'settings: settings:unwrap-seed mqtt-publish: mqtt-publish:ota* mqtt-publish:#* mqtt-publish:+* mqtt-subscribe: mqtt-subscribe:ota* mqtt-subscribe:#* mqtt-subscribe:+* flash:* actors:*';
