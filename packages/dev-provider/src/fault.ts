import type { Endpoint } from './endpoints.ts'
import type { FaultName } from './fault-settings.ts'
import type { Context } from './middleware.ts'
import type { SigningKey } from './signing-key.ts'
import type { Store } from './store.ts'

/** The context of a fault when it strikes. */
export interface Strike {
  readonly ctx: Context
  readonly delay: number
  readonly status: number
  readonly store: Store
  /** Returns the current private signing key. */
  readonly signingKey: () => SigningKey
  /** Replaces the signing key. */
  readonly rotateKeys: () => Promise<void>
}

/** A fault of the provider, as a value. */
export interface Fault {
  readonly name: FaultName
  /** One line for the page and the command line. */
  readonly summary: string
  /** The endpoints where it can strike, the default first. */
  readonly endpoints: readonly [Endpoint, ...Endpoint[]]
  /** Runs around the request. Returns whether it made a difference: if not, it does not count. */
  strike(strike: Strike, next: () => Promise<void>): Promise<boolean>
}

/** Every endpoint, for faults that are possible at all of them. */
export const ANYWHERE = ['token', 'authorization', 'userinfo', 'revocation', 'jwks', 'discovery', 'logout'] as const
