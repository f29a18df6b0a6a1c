import type { Place } from '../../examples/storage.ts'
import type { Stop } from '../faults/standing-store.ts'

/** The settings of a server of the soak. */
export interface Order {
  /** The issuer of its tokens, and its address for browsers. */
  readonly origin: string
  readonly port: number
  /** Refresh tokens, revocations and signing keys. */
  readonly tokens: Place
  /** Sessions and counts of failed attempts. */
  readonly sessions: Place
  /** Accounts. */
  readonly accounts: Place
  /** Seal the cookies, the newest first. */
  readonly sessionSecrets: readonly string[]
  /** Seals the signing keys. */
  readonly keySecret: string
  readonly jobSecretHash: string
  readonly apiSecretHash: string
  readonly passwordHash: string
  /** The issuers whose tokens the server accepts. */
  readonly issuers: readonly { readonly issuer: string; readonly jwksUri?: string }[]
  /** The issuer of opaque tokens. */
  readonly opaque: { readonly issuer: string; readonly endpoint: string }
  readonly providers: readonly ProviderSettings[]
}

export interface ProviderSettings {
  readonly name: string
  readonly profile: 'discord' | 'oidc'
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
}

/** The functions of the application that can fail, and the clock. */
export interface Switches {
  /** Looks a user up. `down` throws an `UnavailableError`. */
  readonly findUser: 'answers' | 'down' | 'never' | 'throws'
  readonly onLogin: 'answers' | 'throws'
  /** Milliseconds by which the clock of the process is ahead of the right time. */
  readonly ahead: number
  /** A time in milliseconds at which the clock stands still. */
  readonly frozenAt: number | null
  /** The next change in the store that waits for ever. */
  readonly stop: Stop | null
}

export const usualSwitches: Switches = { findUser: 'answers', onLogin: 'answers', ahead: 0, frozenAt: null, stop: null }

/** A report of a server about itself. */
export interface State {
  /** Bytes, after a forced garbage collection. */
  readonly heapUsed: number
  readonly rss: number
  /** The longest delay of the event loop since the last report, in milliseconds. */
  readonly delay: number
  readonly unhandled: readonly string[]
  /** Names of process warnings, such as `MaxListenersExceededWarning`. */
  readonly warnings: readonly string[]
  /** How often each message was logged at `warn` or above. */
  readonly log: Readonly<Record<string, number>>
}

/** The messages to a server. Each has an answer with the same `id`. */
export type Question = { readonly id: number } & (
  | { readonly ask: 'state' }
  | { readonly ask: 'set'; readonly switches: Switches }
)

/** The messages of a server. */
export type Message =
  | { readonly listens: true }
  | { readonly stoppedAt: Stop }
  | { readonly id: number; readonly state?: State }
