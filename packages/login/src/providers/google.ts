import type { ClientOptions, Provider } from './provider.ts'
import { clientOf, provider } from './define-provider.ts'
import { googleMark } from './marks.ts'
import { standardIdentity } from './standard-claims.ts'

/** The options of {@link google}. */
export interface GoogleOptions extends ClientOptions {
  /** `'offline'` asks for a refresh token. Google sends one at the first consent only, or with `prompt: 'consent'`. */
  readonly accessType?: 'offline' | 'online' | undefined
  /** The prompt: `'consent'` or `'select_account'`. Default: Google decides. */
  readonly prompt?: string | undefined
  /** Accepts only users of this Workspace domain. Default: all users. */
  readonly hd?: string | undefined
  /** The issuer, to replace Google in tests. Default: `https://accounts.google.com`. */
  readonly issuer?: string | undefined
}

/**
 * Login with Google, by OpenID Connect. Asks for `openid profile email`. Google cannot be made to ask for the password. It
 * proves a fresh login only if the project has session age claims, the request asks for `auth_time`, and the user has just
 * logged in with Google.
 *
 * @example
 * ```ts
 * google({ clientId: GOOGLE_ID, clientSecret: GOOGLE_SECRET, hd: 'example.com' })
 * ```
 * @see [Google: OpenID Connect](https://developers.google.com/identity/openid-connect/openid-connect),
 * [session age claims](https://developers.google.com/identity/siwg/security-bundle)
 */
export function google(options: GoogleOptions): Provider {
  const { accessType, prompt, hd, issuer = 'https://accounts.google.com' } = options
  const parameters = Object.entries({ access_type: accessType, prompt, hd })
  return provider({
    ...clientOf(options, {
      name: 'google',
      displayName: 'Google',
      mark: googleMark,
      scopes: ['openid', 'profile', 'email']
    }),
    issuer,
    parameters: Object.fromEntries(parameters.filter((pair): pair is [string, string] => pair[1] !== undefined)),
    // Google does not support `login`. It accepts an account that is already logged in without a password.
    freshLogin: { prompt: 'select_account' },
    clientAuthentication: 'client_secret_post',
    userinfo: false,
    // The parameter `hd` only filters the list of accounts, so the claim is checked.
    accepts: ({ claims }) => hd === undefined || claims['hd'] === hd,
    toIdentity: standardIdentity
  })
}
