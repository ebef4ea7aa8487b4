/** Text for people. */
export { columns, printable } from '../host-shim/text.ts';

/** 9412 as `9,412 B`. */
export const bytes = (count: number): string => `${count.toLocaleString('en')} B`;
