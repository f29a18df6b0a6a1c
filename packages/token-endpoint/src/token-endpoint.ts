import type { JSONWebKeySet } from 'jose'
import type { AccessTokenRequest } from './tokens/access-tokens.ts'
import type { Grant } from './grants/grant.ts'
import type { CreateThrottle } from './throttle/throttle.ts'

/** The token endpoint of a context, as `app.tokenEndpoint`. `@latchkey/bearer` trusts it as an issuer as it stands. */
export interface TokenEndpoint {
  readonly issuer: string
  readonly audience: string
  /** The algorithms that its keys have, or can have. */
  readonly algorithms: readonly string[]
  /**
   * The public keys: the same object as long as they do not change.
   *
   * @throws UnavailableError when there are none: the store has not answered since the start
   */
  jwks(): JSONWebKeySet
  /**
   * Makes the next signing key now, rather than when it is due. Like every new key it is published for a while before it
   * signs. Does nothing when there is one that waits to sign.
   *
   * @throws TypeError when the keys are given in a list; what the store throws when it does not answer
   */
  rotateKeys(): Promise<void>
  /** The grant types that it has by now, `refresh_token` included. */
  readonly grantTypes: readonly string[]
  /**
   * Adds a grant type.
   *
   * @throws RegistrationError when there is a grant of this type
   */
  addGrant(grant: Grant): void
  /** Makes what holds guesses back, for a grant whose credentials can be guessed. It counts in the store. */
  readonly throttle: CreateThrottle
  /**
   * Signs an access token, for tests and for other ways of signing in. Gives no refresh token. Does not ask whether the
   * client, the subject and the scopes exist.
   *
   * @throws InvalidOptionError naming a member that is unknown or ill-typed, and the fix; TypeError when a scope is none, or
   * when the subject of a user begins with `client:`
   */
  issue(request: AccessTokenRequest): Promise<string>
  /**
   * Whether an access token was revoked: by itself, with its sign-in, or with all of its subject. Judges from memory, for
   * `@latchkey/bearer`. Does not verify the claims.
   *
   * @throws guard's UnavailableError when the store has not been heard of for too long, or not yet
   */
  readonly isRevoked: (claims: Readonly<Record<string, unknown>>) => boolean
  /**
   * Ends all that a subject was issued up to now, refresh tokens and access tokens, by whichever client: after a change of
   * password, to log out everywhere, when a user is disabled. To be called once that change is made. Resolves when it is
   * kept and in force in this process. When it rejects, it may have happened in part: call it again.
   */
  readonly revokeAll: (subject: string) => Promise<void>
}
