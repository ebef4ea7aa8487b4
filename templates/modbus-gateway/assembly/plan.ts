// What is polled: function, address, type, exponent, unit and quantity of a register; modbus-plan.ts of motekit has all types.

export const PLAN: string =
  '4 0 f32 0 V voltage;' + // input registers 0 and 1
  '4 2 s16 0 W power;' +
  '4 3 u16 -3 A current';
