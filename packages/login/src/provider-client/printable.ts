const LONGEST = 200

/** Returns an untrusted value for the log: short, and on one line. */
export function printable(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, LONGEST).replace(/[^\x20-\x7e]/g, '?') : 'without a reason'
}
