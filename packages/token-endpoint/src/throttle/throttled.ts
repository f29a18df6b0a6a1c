import { tell } from '@latchkey/guard'
import type { ThrottleCount } from '@latchkey/store'
import { TokenError } from '../errors.ts'
import { type ThrottleEvent, type ThrottleLimit, throttleChannel } from '../events.ts'
import type { KeyOf } from './buckets.ts'
import type { Guess } from './throttle.ts'

/** What the events of a throttle say of it. */
export interface ThrottleIdentity {
  /** What is guessed at. */
  readonly purpose: string
  readonly keyOf: KeyOf
  /**
   * Whether the client is known to be one. Otherwise its identifier is whatever was typed there, and does not get into the
   * log.
   */
  readonly ofKnownClients: boolean
}

/** Tells of an attempt that is held back, and gives its answer. */
export function throttled(
  identity: ThrottleIdentity,
  guess: Guess,
  limit: ThrottleLimit,
  retryAfter: number
): TokenError {
  const event = { kind: 'throttled', ...namesOf(identity, guess), limit, retryAfter } satisfies ThrottleEvent
  tell(throttleChannel, event, { log: guess.request.log, level: 'warn', message: 'An attempt was throttled' })
  return new TokenError('temporarily_unavailable', 'Too many attempts', { statusCode: 429, retryAfter })
}

export function tellOfAttack(identity: ThrottleIdentity, guess: Guess): void {
  const event = { kind: 'under-attack', ...namesOf(identity, guess) } satisfies ThrottleEvent
  tell(throttleChannel, event, { log: guess.request.log, level: 'warn', message: 'An account is under attack' })
}

/** In how many seconds a window ends. */
export function endOf(count: ThrottleCount | undefined, now: number): number {
  return count === undefined ? 1 : Math.max(1, count.resetsAt - now)
}

/** Whether an error refuses the guess, rather than says that it could not be judged. */
export function isRefusal(error: unknown): boolean {
  return error instanceof TokenError && error.statusCode < 500
}

function namesOf(
  { purpose, keyOf, ofKnownClients }: ThrottleIdentity,
  { account, clientId }: Guess
): Pick<ThrottleEvent, 'throttle' | 'account' | 'clientId'> {
  return { throttle: purpose, account: keyOf('account', account), clientId: ofKnownClients ? clientId : null }
}
