import type { PresentedSession } from '../session.ts'

/** A login under way: the values that must not change between the redirect to the provider and the callback. */
export interface Transaction {
  readonly provider: string
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  readonly redirectUri: string
  /** The target of the browser after the login. Checked again before it is used. */
  readonly returnTo: string
  /** The subject whose account gets the identity, or `null` for a login. */
  readonly link: string | null
  /** The session that started the link. */
  readonly session?: string
  /** The browser's session when the login began. The login ends it, even if its cookie is not sent with the callback. */
  readonly replaces?: PresentedSession
  /** Whether the user must authenticate again, even if the provider still has a session. */
  readonly fresh: boolean
  /** In seconds since the epoch. */
  readonly issuedAt: number
  /** Greater than the `order` of every other login that the browser had under way when this one began. */
  readonly order?: number
}

/** How long a user may take at the provider, in seconds. */
export const TRANSACTION_LIFETIME = 600
