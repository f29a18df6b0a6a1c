import type { ClientOptions, Provider } from './provider.ts'
import { provider } from './define-provider.ts'
import { standardIdentity } from './standard-claims.ts'

/** The options of {@link google}. */
export interface GoogleOptions extends ClientOptions {
  /** `'offline'` asks for a refresh token, which Google gives at the first consent only, or with `prompt: 'consent'`. */
  readonly accessType?: 'offline' | 'online' | undefined
  /** What Google asks the person: `'consent'`, `'select_account'`. Default: what it finds necessary. */
  readonly prompt?: string | undefined
  /** Lets nobody in but people of this Workspace domain. Default: everybody. */
  readonly hd?: string | undefined
  /** For tests: an issuer that behaves as Google's. Default: `https://accounts.google.com`. */
  readonly issuer?: string | undefined
}

/**
 * Google, by OpenID Connect. Asks for `openid profile email`. Cannot be made to ask for the password, and proves no login to
 * be fresh, unless the project has session age claims, asks for `auth_time`, and the person has just logged in with Google.
 *
 * @see [Google: OpenID Connect](https://developers.google.com/identity/openid-connect/openid-connect),
 * [session age claims](https://developers.google.com/identity/siwg/security-bundle)
 */
export function google(options: GoogleOptions): Provider {
  const { name = 'google', displayName = 'Google', issuer = 'https://accounts.google.com' } = options
  const { clientId, clientSecret, accessType, prompt, hd, scopes = ['openid', 'profile', 'email'] } = options
  const { trustUnprovenLogin } = options
  const parameters = Object.entries({ access_type: accessType, prompt, hd })
  return provider({
    name,
    displayName,
    issuer,
    clientId,
    clientSecret,
    scopes,
    parameters: Object.fromEntries(parameters.filter((pair): pair is [string, string] => pair[1] !== undefined)),
    // It knows no `login`, and lets in who chooses an account that is logged in.
    freshLogin: { prompt: 'select_account' },
    trustUnprovenLogin,
    clientAuthentication: 'client_secret_post',
    userinfo: false,
    // The parameter only chooses among accounts: who is let in, the claim decides.
    accepts: ({ claims }) => hd === undefined || claims['hd'] === hd,
    toIdentity: standardIdentity
  })
}
