// What docs/delivery.md promises about sizes and times, in one place.

/** Bytes of a record that a module publishes. */
export const PAYLOAD_MAX: u32 = 2048;
/** Bytes of payloads in one message, unless one record alone has more. */
export const MESSAGE_BYTES: u32 = 1024;
export const ITEMS_MAX: u32 = 16;
/** Records that wait for their acknowledgement. */
export const RECORDS_MAX: u32 = 960;

export const ID_MIN: u32 = 8;
export const ID_MAX: u32 = 16;
export const NAME_MAX: u32 = 32;
export const ARGUMENTS_MAX: u32 = 512;
export const RESULT_MAX: u32 = 128;
/** Ids of commands that are remembered. */
export const COMMANDS: u32 = 64;
export const HANDLERS: u32 = 16;
export const EXPIRY_AHEAD: u64 = 86_400;
/** A handler answers within this time, ms. */
export const HANDLER_MS: u64 = 60_000;
/** Modules start, too: until then a name that nobody handles is not answered, ms. */
export const GRACE_MS: u64 = 30_000;

export const DOCUMENT_MAX: u32 = 1024;
export const DOCUMENT_DEPTH: u32 = 8;
export const WATCHERS: u32 = 4;

/** Of a repetition, ms. */
export const RETRY_FIRST: u32 = 5_000;
export const RETRY_LAST: u32 = 60_000;
/** How often a device without a connection looks for one, ms. */
export const OFFLINE_MS: u32 = 2_000;
/** Numbers that one write makes void in advance, while records are dropped on arrival. */
export const RESERVED: u32 = 32;
