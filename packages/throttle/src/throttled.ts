import { tell } from '@latchkey/guard/plugin'
import type { ThrottleCount } from '@latchkey/store'
import type { KeyOf } from './buckets.ts'
import { type ThrottledLimit, type ThrottleEvent, throttleChannel } from './events.ts'
import type { Guess } from './throttle.ts'

/** How events name a throttle, and the errors that it reads and throws. */
export interface ThrottleIdentity {
  /** The kind of secret that is guessed, e.g. `passwords`. */
  readonly purpose: string
  readonly keyOf: KeyOf
  /** Whether the client is authenticated or registered. Otherwise its identifier may be any text, and is not logged. */
  readonly ofKnownClients: boolean
  /** Whether an error means that the guess is wrong. Other errors mean that it could not be verified. */
  readonly isFailure: (error: unknown) => boolean
  /** Makes the error for an attempt that is throttled. */
  readonly tooMany: (retryAfter: number) => Error
}

/** Publishes and logs a throttled attempt, and returns the error for its answer. */
export function throttled(identity: ThrottleIdentity, guess: Guess, limit: ThrottledLimit, retryAfter: number): Error {
  const event = { kind: 'throttled', ...namesOf(identity, guess), limit, retryAfter } satisfies ThrottleEvent
  tell(throttleChannel, event, { log: guess.request.log, level: 'warn', message: 'An attempt was throttled' })
  return identity.tooMany(retryAfter)
}

export function tellOfAttack(identity: ThrottleIdentity, guess: Guess): void {
  const event = { kind: 'under-attack', ...namesOf(identity, guess) } satisfies ThrottleEvent
  tell(throttleChannel, event, { log: guess.request.log, level: 'warn', message: 'An account is under attack' })
}

/** The number of seconds until a window ends. */
export function endOf(count: ThrottleCount | undefined, now: number): number {
  return count === undefined ? 1 : Math.max(1, count.resetsAt - now)
}

function namesOf(
  { purpose, keyOf, ofKnownClients }: ThrottleIdentity,
  { account, clientId }: Guess
): Pick<ThrottleEvent, 'throttle' | 'account' | 'clientId'> {
  return { throttle: purpose, account: keyOf('account', account), clientId: ofKnownClients ? (clientId ?? null) : null }
}
