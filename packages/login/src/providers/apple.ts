import { createPrivateKey, type KeyObject } from 'node:crypto'
import { FROM_ENVIRONMENT, RegistrationError } from '@latchkey/options'
import { jose } from '../jose.ts'
import type { Claims, ClientOptions, Provider } from './provider.ts'
import { clientOf, provider } from './define-provider.ts'
import { appleMark } from './marks.ts'
import { standardIdentity } from './standard-claims.ts'

/** The options of {@link apple}. */
export interface AppleOptions extends Omit<ClientOptions, 'clientSecret'> {
  /** The identifier of the team that the application belongs to: ten characters. */
  readonly teamId: string
  /** The identifier of the key. */
  readonly keyId: string
  /** The private key from Apple, a P-256 key as PEM (PKCS #8). */
  readonly privateKey: string
  /** The issuer, to replace Apple in tests. Default: `https://appleid.apple.com`. */
  readonly issuer?: string | undefined
}

const LIFETIME = 3600
const RENEWED_BEFORE = 300

/**
 * Sign in with Apple, by OpenID Connect. Asks for `openid name email`. Apple answers by POST. It sends the name at the first
 * login only, and through the browser: the name is for display and is not trusted. Apple documents no `auth_time`, so it need
 * not prove that a login is fresh.
 *
 * @example
 * ```ts
 * apple({ clientId: 'com.example.web', teamId: 'ABCDE12345', keyId: 'FGHIJ67890', privateKey: APPLE_PRIVATE_KEY })
 * ```
 * @see [Apple: Sign in with Apple REST API](https://developer.apple.com/documentation/signinwithapplerestapi)
 */
export function apple(options: AppleOptions): Provider {
  const { issuer = 'https://appleid.apple.com' } = options
  return provider({
    ...clientOf(
      { ...options, clientSecret: appleSecret(options, issuer) },
      { name: 'apple', displayName: 'Apple', mark: appleMark, scopes: ['openid', 'name', 'email'] }
    ),
    issuer,
    // Apple documents no parameter for a fresh login.
    freshLogin: {},
    clientAuthentication: 'client_secret_post',
    responseMode: 'form_post',
    toIdentity: ({ claims, userinfo, user }) => ({
      ...standardIdentity({ claims, userinfo, user }),
      name: fullName(user),
      // Apple has sent "true" as a string. A user cannot choose an address there.
      emailVerified: claims['email_verified'] === true || claims['email_verified'] === 'true'
    })
  })
}

function fullName({ name }: Claims): string | undefined {
  if (typeof name !== 'object' || name === null) return undefined
  const { firstName, lastName } = name as Claims // a JSON object
  return [firstName, lastName].filter((part) => typeof part === 'string').join(' ')
}

/**
 * Returns a function that makes Apple's client secret, an assertion signed by the application. It is reused for up to an hour.
 */
function appleSecret({ clientId, teamId, keyId, privateKey }: AppleOptions, issuer: string): () => Promise<string> {
  const key = signingKey(privateKey)
  let made: { readonly secret: Promise<string>; readonly at: number } | null = null
  return async () => {
    // First, so that a failed load is not kept as the secret.
    await jose.get()
    const now = Math.floor(Date.now() / 1000)
    // Apple refuses a secret that is dated in the future, as one is after the clock was set back.
    if (made === null || now < made.at || now >= made.at + LIFETIME - RENEWED_BEFORE) {
      made = { secret: sign(now), at: now }
    }
    return await made.secret
  }

  async function sign(now: number): Promise<string> {
    const { SignJWT } = await jose.get()
    return await new SignJWT({ iss: teamId, sub: clientId, aud: issuer, iat: now, exp: now + LIFETIME })
      .setProtectedHeader({ alg: 'ES256', kid: keyId })
      .sign(key)
  }
}

function signingKey(privateKey: string): KeyObject {
  try {
    const key = createPrivateKey(privateKey)
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
  } catch {
    // The message might quote the key.
  }
  throw new RegistrationError('apple()', `privateKey must be a P-256 private key as PEM. Fix: ${FROM_ENVIRONMENT}`)
}
