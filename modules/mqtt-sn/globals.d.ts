/** For editors: sizes that a build may set (assembly/config.ts). */
declare const MQTT_SN_TOPICS: u32;
declare const MQTT_SN_NAMES: u32;
declare const MQTT_SN_QOS2_IDS: u32;
declare const MQTT_SN_FRAME: u32;
declare const MQTT_SN_WILL: u32;
declare const MQTT_SN_GATEWAYS: u32;
