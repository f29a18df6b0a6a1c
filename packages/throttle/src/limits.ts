import { integer, type MembersOf, optional } from '@latchkey/options'
import type { ThrottleLimits } from './throttle.ts'

const failures = integer(1, 1_000_000_000, 'failures')

/** The schemas of {@link ThrottleLimits}, for the options of grants. They have no defaults. */
export const throttleLimits: MembersOf<ThrottleLimits> = {
  failures,
  failuresPerAddress: optional(failures),
  failuresPerAccount: optional(failures),
  failuresUnderAttack: optional(failures),
  window: integer(1, 86_400, 'seconds')
}
