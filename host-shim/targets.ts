/** What can run the kernel of a board that is launched here. */
export const TARGETS = ['wasm', 'host', 'qemu'] as const;
export type Target = (typeof TARGETS)[number];
