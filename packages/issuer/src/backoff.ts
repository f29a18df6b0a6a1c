const SLOWEST_STEP = 40
const LONGEST = 60

/**
 * Returns how many seconds to wait before the next call to a failing server: 1, 2, 4 and so on up to 40, plus a random part of
 * up to half, so that many processes do not call at the same moment. If the server asks for more, the wait is up to 60.
 *
 * @param failures - the number of failures in a row, from 1
 * @param asked - the wait that the server asked for, in seconds
 */
export function backoff(failures: number, asked = 0): number {
  const step = Math.min(SLOWEST_STEP, 2 ** (failures - 1))
  return Math.max(step * (1 + Math.random() / 2), Math.min(asked, LONGEST))
}
