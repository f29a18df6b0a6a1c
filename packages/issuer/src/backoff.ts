const SLOWEST_STEP = 40
const LONGEST = 60

/**
 * How long to leave a failing server alone, in seconds: 1, 2, 4 and so on up to 40, and up to half as much again, so that
 * many processes do not come back at once. A server that asks for more gets up to 60.
 *
 * @param failures - how often it has failed in a row, from 1
 * @param asked - what the server asked for, in seconds
 */
export function backoff(failures: number, asked = 0): number {
  const step = Math.min(SLOWEST_STEP, 2 ** (failures - 1))
  return Math.max(step * (1 + Math.random() / 2), Math.min(asked, LONGEST))
}
