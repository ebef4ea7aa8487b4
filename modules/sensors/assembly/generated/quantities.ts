// Generated from modules/sensors/tables by generate.mjs. Do not edit.

/** %RH: of the air. */
// @ts-ignore: decorator
@lazy
export const RELATIVE_HUMIDITY: string = 'relative_humidity';

/** Pa: absolute. */
// @ts-ignore: decorator
@lazy
export const PRESSURE: string = 'pressure';

/** V: direct, against ground unless the channel says otherwise. */
// @ts-ignore: decorator
@lazy
export const VOLTAGE: string = 'voltage';

/** A: direct. */
// @ts-ignore: decorator
@lazy
export const CURRENT: string = 'current';

/** W: direct voltage times current. */
// @ts-ignore: decorator
@lazy
export const POWER: string = 'power';

/** Wh: from S0 pulses. */
// @ts-ignore: decorator
@lazy
export const ENERGY: string = 'energy';

/** m3: from S0 pulses. */
// @ts-ignore: decorator
@lazy
export const VOLUME: string = 'volume';

/** bytes of a memory, as a number. */
// @ts-ignore: decorator
@lazy
export const DATA_CONTAINER: string = 'data_container';

/** Cel: of the part, which is that of what it touches. */
// @ts-ignore: decorator
@lazy
export const TEMPERATURE: string = 'temperature';

/** ppm: volume fraction in air. */
// @ts-ignore: decorator
@lazy
export const CARBON_DIOXIDE: string = 'carbon_dioxide';

/** ug/m3: particles up to the size of the channel. */
// @ts-ignore: decorator
@lazy
export const MASS_CONCENTRATION: string = 'mass_concentration';

/** 1/cm3: particles up to the size of the channel. */
// @ts-ignore: decorator
@lazy
export const NUMBER_CONCENTRATION: string = 'number_concentration';

/** m: typical. */
// @ts-ignore: decorator
@lazy
export const PARTICLE_SIZE: string = 'particle_size';

/** m/s2: in the direction of the channel. */
// @ts-ignore: decorator
@lazy
export const ACCELERATION: string = 'acceleration';

/** m: to the target. */
// @ts-ignore: decorator
@lazy
export const DISTANCE: string = 'distance';

/** kg: after offset and scale. */
// @ts-ignore: decorator
@lazy
export const MASS: string = 'mass';

/** Ohm: of the element. */
// @ts-ignore: decorator
@lazy
export const RESISTANCE: string = 'resistance';

/** count: since the module started. */
// @ts-ignore: decorator
@lazy
export const COUNT: string = 'count';

/** s: since 1970-01-01T00:00:00Z. */
// @ts-ignore: decorator
@lazy
export const TIME: string = 'time';

/** lat: WGS 84, degrees, north positive. */
// @ts-ignore: decorator
@lazy
export const LATITUDE: string = 'latitude';

/** lon: WGS 84, degrees, east positive. */
// @ts-ignore: decorator
@lazy
export const LONGITUDE: string = 'longitude';

/** m: above mean sea level. */
// @ts-ignore: decorator
@lazy
export const ALTITUDE: string = 'altitude';

/** m/s: over ground. */
// @ts-ignore: decorator
@lazy
export const SPEED: string = 'speed';

/** deg: over ground, true north. */
// @ts-ignore: decorator
@lazy
export const COURSE: string = 'course';

/** count: used for the fix. */
// @ts-ignore: decorator
@lazy
export const SATELLITES: string = 'satellites';

/** /: of the span, 0 to 1. */
// @ts-ignore: decorator
@lazy
export const LEVEL: string = 'level';

// @ts-ignore: decorator
@lazy
export const UNIT_PERCENT_RH: string = '%RH';

// @ts-ignore: decorator
@lazy
export const UNIT_PA: string = 'Pa';

// @ts-ignore: decorator
@lazy
export const UNIT_V: string = 'V';

// @ts-ignore: decorator
@lazy
export const UNIT_A: string = 'A';

// @ts-ignore: decorator
@lazy
export const UNIT_W: string = 'W';

// @ts-ignore: decorator
@lazy
export const UNIT_WH: string = 'Wh';

// @ts-ignore: decorator
@lazy
export const UNIT_M3: string = 'm3';

// @ts-ignore: decorator
@lazy
export const UNIT_CEL: string = 'Cel';

// @ts-ignore: decorator
@lazy
export const UNIT_PPM: string = 'ppm';

// @ts-ignore: decorator
@lazy
export const UNIT_UG_M3: string = 'ug/m3';

// @ts-ignore: decorator
@lazy
export const UNIT_PER_CM3: string = '1/cm3';

// @ts-ignore: decorator
@lazy
export const UNIT_M: string = 'm';

// @ts-ignore: decorator
@lazy
export const UNIT_M_S2: string = 'm/s2';

// @ts-ignore: decorator
@lazy
export const UNIT_KG: string = 'kg';

// @ts-ignore: decorator
@lazy
export const UNIT_OHM: string = 'Ohm';

// @ts-ignore: decorator
@lazy
export const UNIT_COUNT: string = 'count';

// @ts-ignore: decorator
@lazy
export const UNIT_S: string = 's';

// @ts-ignore: decorator
@lazy
export const UNIT_LAT: string = 'lat';

// @ts-ignore: decorator
@lazy
export const UNIT_LON: string = 'lon';

// @ts-ignore: decorator
@lazy
export const UNIT_M_S: string = 'm/s';

// @ts-ignore: decorator
@lazy
export const UNIT_DEG: string = 'deg';

// @ts-ignore: decorator
@lazy
export const UNIT_RATIO: string = '/';

// @ts-ignore: decorator
@lazy
export const UNIT_NONE: string = '';
