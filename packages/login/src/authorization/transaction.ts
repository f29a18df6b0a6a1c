import type { PresentedSession } from '../session.ts'

/** A login under way: what must not change between the way to the provider and the way back. */
export interface Transaction {
  readonly provider: string
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  readonly redirectUri: string
  /** Where the browser goes in the end. Checked again when it is used. */
  readonly returnTo: string
  /** The subject whose account gets the identity, or `null` for a login. */
  readonly link: string | null
  /** The session that asked for the link. */
  readonly session?: string
  /** The session that the browser had when the login began. It ends with the login, even where its cookie does not come along. */
  readonly replaces?: PresentedSession
  /** Whether the person is to log in anew, even if the provider knows them still. */
  readonly fresh: boolean
  /** In seconds since the epoch. */
  readonly issuedAt: number
  /** Greater than that of each login that the browser had under way when this one began. */
  readonly order?: number
}

/** For how long a person may stay with the provider, in seconds. */
export const TRANSACTION_LIFETIME = 600
