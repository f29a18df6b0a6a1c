import type { Context } from './middleware.ts'
import type { Endpoint } from './profile.ts'
import type { SigningKey } from './signing-key.ts'
import type { Store } from './store.ts'

/** The ways in which the provider can be told to misbehave. */
export type FaultName =
  | 'deny'
  | 'expired-code'
  | 'html'
  | 'no-refresh-token'
  | 'reused-code'
  | 'rotated-key'
  | 'slow'
  | 'unavailable'
  | 'wrong-iss-parameter'
  | 'wrong-issuer'
  | 'wrong-nonce'

/** How a fault is to strike. */
export interface FaultSettings {
  /** Where. Default: the first of the endpoints that the fault is for, which is `token` unless there is just one. */
  readonly endpoint?: Endpoint | undefined
  /** How many times. Default: until it is cleared. */
  readonly times?: number | undefined
  /** Milliseconds that `slow` takes, at most an hour. Default: 3000. */
  readonly delay?: number | undefined
  /** The status of `unavailable`, from 500 to 599. Default: 503. */
  readonly status?: number | undefined
}

/** What a fault works with when it strikes. */
export interface Strike {
  readonly ctx: Context
  readonly delay: number
  readonly status: number
  readonly store: Store
  /** The private key that signs now. */
  readonly signingKey: () => SigningKey
  /** Replaces it. */
  readonly rotateKeys: () => Promise<void>
}

/** A way to misbehave, as a value. */
export interface Fault {
  readonly name: FaultName
  /** One line for the page and the command line. */
  readonly summary: string
  /** Where it can strike, the default first. */
  readonly endpoints: readonly [Endpoint, ...Endpoint[]]
  /** Goes around the request. The answer is whether it made a difference: if not, it does not count. */
  strike(strike: Strike, next: () => Promise<void>): Promise<boolean>
}

/** Every endpoint, for faults that can be anywhere. */
export const ANYWHERE = ['token', 'authorization', 'userinfo', 'revocation', 'jwks', 'discovery', 'logout'] as const
