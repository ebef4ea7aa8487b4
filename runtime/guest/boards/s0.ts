// Generated from runtime/boards/s0.json. Do not edit.

/** S0 gateway with its base board: numbers of the contract's buses, and of pins. */
export namespace board {
  export namespace uart {
    /** SIM7080G through TXB0108, 115200 8N1; TX 16; RX 17 */
    export const modem: u32 = 0;
    /** wired M-Bus, 300 to 9600 8E1; TX 23; RX 22 */
    export const mbus: u32 = 1;
  }

  export namespace spi {
    /** Ethernet, SD card, wM-Bus radio; SCK 20; MOSI 18; MISO 19 */
    export const main: u32 = 0;
    export namespace mainLine {
      /** chip select of W5500; JTAG's MTCK; GPIO6 */
      export const ethernet: u32 = 0;
      /** chip select of the SD card; JTAG's MTDO; GPIO7 */
      export const sd: u32 = 1;
      /** chip select of RC-S2LP-868; GPIO21 */
      export const wmbus: u32 = 2;
    }
  }

  export namespace pin {
    /** W5500 reset, low; out */
    export const ethernetReset: u32 = 2;
    /** W5500 interrupt, low; in */
    export const ethernetInterrupt: u32 = 3;
    /** SIM7080G's power key through an NPN, high for a second; out */
    export const modemPower: u32 = 14;
    /** free, J2-42; in */
    export const free0: u32 = 0;
    /** free, J2-41; in */
    export const free1: u32 = 1;
    /** strap; in */
    export const strap8: u32 = 8;
    /** BOOT button, strap; in */
    export const boot: u32 = 9;
    /** free, strap; in */
    export const strap15: u32 = 15;
  }
}
