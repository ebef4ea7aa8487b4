/** When a command that stays up has to end. */

/** Resolves on SIGINT or SIGTERM, or after `seconds`. A second signal ends the process at once, as it would without us. */
export function stopSignal(seconds?: number): Promise<'interrupted' | 'elapsed'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('interrupted'));
    if (seconds !== undefined) setTimeout(() => resolve('elapsed'), seconds * 1000);
  });
}
