import { randomBytes } from 'node:crypto'
import { formatScope } from '@latchkey/guard/plugin'
import { isClientSubject, LONGEST_SUBJECT } from '../clients/subject.ts'
import type { SigningKey } from '../keys/imported-key.ts'
import { jose } from '../keys/jose.ts'
import { checkTokenClaims, type TokenClaims } from './claims.ts'
import { FAMILY_ID_IS, isFamilyId } from './family-id.ts'

/** The claims of one access token, apart from those that are the same in every token of the endpoint. */
export interface AccessTokenRequest {
  /** The `sub`: 1 to 255 characters. It begins with `client:` for a client that acts for itself. */
  readonly subject: string
  readonly clientId: string
  /** Default: none. */
  readonly scopes?: Iterable<string>
  /** The `aud`. Default: the audience of the token endpoint. */
  readonly resources?: readonly string[]
  /** When the subject authenticated, in seconds since the epoch. Default: the token has no `auth_time`. */
  readonly authenticatedAt?: number
  /**
   * The family of the token, the part of its `jti` before the dot: 1 to 64 letters, digits, `-` and `_`. When the family is
   * revoked, so is the token. Default: none.
   */
  readonly familyId?: string
  /**
   * Claims of the application. The option `tokenClaims` is not asked. Default: none.
   *
   * @example claims: { tenant: 'acme' }
   */
  readonly claims?: TokenClaims
}

export interface AccessTokenDependencies {
  readonly issuer: string
  readonly audience: string
  /** The key that signs now. */
  readonly signer: () => SigningKey
  /** Seconds. */
  readonly lifetime: number
  /** The store's time in whole seconds since the epoch. */
  readonly seconds: () => number
}

/**
 * Signs an access token.
 *
 * @param after - a time in seconds since the epoch. The `iat` of the token is later than it, even if that is in the future.
 * Default: 0
 */
export type IssueAccessToken = (request: UntypedRequest, after?: number) => Promise<string>

/** A request whose claims have no declared type. */
type UntypedRequest = Omit<AccessTokenRequest, 'claims'> & { readonly claims?: Readonly<Record<string, unknown>> }

/**
 * Issues JWT access tokens. Does not check whether the subject may have the scopes: the caller does.
 *
 * @see [RFC 9068 §2](https://www.rfc-editor.org/rfc/rfc9068#section-2)
 */
export function accessTokens({
  issuer,
  audience,
  signer,
  lifetime,
  seconds
}: AccessTokenDependencies): IssueAccessToken {
  return async (
    { subject, clientId, scopes = [], resources = [audience], authenticatedAt, familyId, claims = {} },
    after = 0
  ) => {
    if (typeof subject !== 'string' || subject === '' || subject.length > LONGEST_SUBJECT) {
      throw new TypeError('The subject of an access token must be a text of 1 to 255 characters')
    }
    if (authenticatedAt !== undefined && isClientSubject(subject)) {
      throw new TypeError('The subject of a user must not begin with "client:": that stands for clients')
    }
    if (familyId !== undefined && !isFamilyId(familyId)) {
      throw new TypeError(`The familyId of an access token must be ${FAMILY_ID_IS}`)
    }
    const added = checkTokenClaims('The claims of an access token', claims)
    const { SignJWT } = await jose.get()
    const { key, alg, kid } = signer()
    const [only, ...others] = resources
    const time = seconds()
    const id = randomBytes(16).toString('base64url')
    const scope = formatScope(scopes)
    return await new SignJWT({
      ...added,
      iss: issuer,
      sub: subject,
      aud: only !== undefined && others.length === 0 ? only : [...resources],
      client_id: clientId,
      exp: time + lifetime,
      iat: Math.max(time, after + 1),
      jti: familyId === undefined ? id : `${familyId}.${id}`,
      ...(scope !== '' && { scope }),
      // 0: the user authenticated at an unknown time.
      ...(authenticatedAt !== undefined && authenticatedAt > 0 && { auth_time: authenticatedAt })
    })
      .setProtectedHeader({ typ: 'at+jwt', alg, kid })
      .sign(key)
  }
}
