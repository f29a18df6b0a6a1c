import type { SealedUpstreamTokens } from '../upstream-tokens/sealed-upstream-tokens.ts'
import type { ResolvedOptions } from '../options.ts'
import type { RelyingParty } from '../provider-client/relying-party.ts'
import type { Sessions } from '../session.ts'
import type { Transactions } from './transaction-cookie.ts'

/** The state that the routes of one login share. */
export interface LoginDependencies {
  readonly options: ResolvedOptions
  readonly parties: ReadonlyMap<string, RelyingParty>
  readonly sessions: Sessions | null
  readonly transactions: Transactions
  /** `null` when tokens are not kept. */
  readonly tokens: SealedUpstreamTokens | null
  /** The paths of the routes for browsers, including the prefix. */
  readonly urls: {
    readonly login: string
    readonly provider: (name: string) => string
    readonly logout: string
  }
}

/** The same context, with sessions. */
export interface SessionDependencies extends LoginDependencies {
  readonly sessions: Sessions
}
