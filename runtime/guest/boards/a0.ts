// Generated from runtime/boards/a0.json. Do not edit.

/** A0 gateway, two slots for modules: numbers of the contract's buses, and of pins. */
export namespace board {
  export namespace uart {
    /** SIM7080G on BUS1, 115200 8N1; TX 17; RX 16 */
    export const modem: u32 = 0;
    /** module on BUS2, SW5 set to it; TX 4; RX 5 */
    export const bus2: u32 = 1;
  }

  export namespace spi {
    /** both slots; SCK 20; MOSI 18; MISO 19 */
    export const main: u32 = 0;
    export namespace mainLine {
      /** chip select of BUS1; GPIO2 */
      export const bus1: u32 = 0;
      /** chip select of BUS2; GPIO21 */
      export const bus2: u32 = 1;
    }
  }

  export namespace i2c {
    /** both slots, SW5 set to BUS2; SDA 6; SCL 7 */
    export const main: u32 = 0;
  }

  export namespace pin {
    /** RST of BUS1: SIM7080G's power key through an NPN, high for a second; out */
    export const modemPower: u32 = 1;
    /** INT of BUS1; in */
    export const bus1Interrupt: u32 = 0;
    /** PWM of BUS1: SIM7080G's RING; in */
    export const bus1Pwm: u32 = 3;
    /** RST of BUS2; out */
    export const bus2Reset: u32 = 22;
    /** INT of BUS2; in */
    export const bus2Interrupt: u32 = 23;
    /** PWM of BUS2; out */
    export const bus2Pwm: u32 = 15;
    /** AN of the slot that U1 chooses; in */
    export const analog: u32 = 14;
    /** button, strap; in */
    export const button: u32 = 8;
    /** BOOT button, strap; in */
    export const boot: u32 = 9;
  }
}
