// Generated from runtime/boards/virtual.json. Do not edit.

/** The emulator's board: one of each part: numbers of the contract's buses, and of pins. */
export namespace board {
  export namespace i2c {
    /** sensors; SDA 6; SCL 7 */
    export const main: u32 = 0;
  }

  export namespace spi {
    /** converters; SCK 20; MOSI 18; MISO 19 */
    export const main: u32 = 0;
    export namespace mainLine {
      /** chip select of MAX31865; GPIO21 */
      export const thermometer: u32 = 0;
    }
  }

  export namespace uart {
    /** position, 9600 8N1; TX 4; RX 5 */
    export const gnss: u32 = 1;
    /** RS-485, 9600 8E1; TX 23; RX 22 */
    export const modbus: u32 = 2;
  }

  export namespace oneWire {
    /** thermometers; DATA 10 */
    export const main: u32 = 0;
  }

  export namespace adc {
    /** analog inputs */
    export const main: u32 = 0;
    export namespace mainLine {
      /** 4 to 20 mA; GPIO0 */
      export const loop: u32 = 0;
    }
  }

  export namespace pin {
    /** LED; out */
    export const led: u32 = 15;
    /** button, low when pressed; in */
    export const button: u32 = 9;
    /** S0 output of a meter; in */
    export const pulse: u32 = 11;
    /** HX711 DOUT; in */
    export const scaleData: u32 = 2;
    /** HX711 PD_SCK; out */
    export const scaleClock: u32 = 3;
  }
}
