import type { ClientOptions, Provider } from './provider.ts'
import { provider } from './define-provider.ts'
import { standardIdentity } from './standard-claims.ts'

/** The options of {@link gitlab}. */
export interface GitlabOptions extends ClientOptions {
  /** A GitLab of one's own. Default: `https://gitlab.com`. */
  readonly issuer?: string | undefined
}

/**
 * GitLab, by OpenID Connect. Asks for `openid profile email`. Its `auth_time` is the last login of the person with any browser.
 *
 * @see [GitLab as an OpenID provider](https://docs.gitlab.com/integration/openid_connect_provider/)
 */
export function gitlab(options: GitlabOptions): Provider {
  const { name = 'gitlab', displayName = 'GitLab', issuer = 'https://gitlab.com' } = options
  const { clientId, clientSecret, scopes = ['openid', 'profile', 'email'], trustUnprovenLogin } = options
  return provider({
    name,
    displayName,
    issuer,
    clientId,
    clientSecret,
    scopes,
    // It says `auth_time` anyway, and asks for the password again and again of who takes longer than `max_age` to come back.
    freshLogin: { prompt: 'login' },
    trustUnprovenLogin,
    toIdentity: standardIdentity
  })
}
