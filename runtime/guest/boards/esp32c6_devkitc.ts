// Generated from runtime/boards/esp32c6_devkitc.json. Do not edit.

/** ESP32-C6-DevKitC-1: numbers of the contract's buses, and of pins. */
export namespace board {
  export namespace uart {
    /** console and shell, 115200 8N1; TX 16; RX 17 */
    export const console: u32 = 0;
  }

  export namespace i2c {
    /** your sensors; SDA 6; SCL 7 */
    export const main: u32 = 0;
  }

  export namespace pin {
    /** an LED of your own; the RGB LED at GPIO8 is no plain LED; out */
    export const led: u32 = 15;
    /** BOOT button, strap; in */
    export const boot: u32 = 9;
  }
}
