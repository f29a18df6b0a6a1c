import { UnavailableError } from '@latchkey/guard'
import { withTimeout } from '@latchkey/promises'
import { checkTokenClaims, type TokenClaims } from './claims.ts'

/** An access token that is about to be issued. */
export interface TokenClaimsRequest {
  /** The `sub`. For a client that acts for itself, `client:` and its identifier. */
  readonly subject: string
  readonly clientId: string
  /** The granted scopes. */
  readonly scopes: readonly string[]
  /** The `grant_type` of the request: `refresh_token` at a refresh. */
  readonly grantType: string
}

/** Returns the claims that the application adds to an access token; `null` or `undefined` for none. */
export type AddTokenClaims = (
  token: TokenClaimsRequest
) => TokenClaims | null | undefined | Promise<TokenClaims | null | undefined>

/** Returns the application's claims for an access token: those of the grant, and over them those of the option. */
export type AddedClaims = (
  token: TokenClaimsRequest,
  ofGrant: TokenClaims | undefined
) => Promise<Readonly<Record<string, unknown>>>

const TIMEOUT = 5000

/**
 * Wraps the option `tokenClaims`.
 *
 * @throws from the result: UnavailableError when the option does not answer in time, TypeError for wrong claims, and the error of
 * the option
 */
export function addedClaims(tokenClaims: AddTokenClaims | undefined): AddedClaims {
  return async (token, ofGrant = {}) => {
    const granted = checkTokenClaims('The claims of a grant', ofGrant)
    if (tokenClaims === undefined) return granted
    const added = await withTimeout(TIMEOUT, async () => tokenClaims(token), late)
    const both = { ...granted, ...checkTokenClaims('The result of the option tokenClaims', added ?? {}) }
    return checkTokenClaims('The claims of the grant and of the option tokenClaims together', both)
  }
}

function late(): UnavailableError {
  return new UnavailableError('The claims of the token cannot be found now', {
    cause: `the option tokenClaims did not answer within ${TIMEOUT} ms`
  })
}
