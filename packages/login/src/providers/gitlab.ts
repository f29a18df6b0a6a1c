import type { ClientOptions, Provider } from './provider.ts'
import { clientOf, provider } from './define-provider.ts'
import { gitlabMark } from './marks.ts'
import { standardIdentity } from './standard-claims.ts'

/** The options of {@link gitlab}. */
export interface GitlabOptions extends ClientOptions {
  /** The URL of a self-managed GitLab. Default: `https://gitlab.com`. */
  readonly issuer?: string | undefined
}

/**
 * Login with GitLab, by OpenID Connect. Asks for `openid profile email`. Its `auth_time` is the last login of the user in any
 * browser.
 *
 * @see [GitLab as an OpenID provider](https://docs.gitlab.com/integration/openid_connect_provider/)
 */
export function gitlab(options: GitlabOptions): Provider {
  return provider({
    ...clientOf(options, {
      name: 'gitlab',
      displayName: 'GitLab',
      mark: gitlabMark,
      scopes: ['openid', 'profile', 'email']
    }),
    issuer: options.issuer ?? 'https://gitlab.com',
    // GitLab always sends auth_time; with max_age=0 it re-prompts in a loop.
    freshLogin: { prompt: 'login' },
    toIdentity: standardIdentity
  })
}
