import type { Endpoint } from './endpoints.ts'
import type { FaultName } from './fault-settings.ts'
import type { Context } from './middleware.ts'
import type { SigningKey } from './signing-key.ts'
import type { Store } from './store.ts'

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
