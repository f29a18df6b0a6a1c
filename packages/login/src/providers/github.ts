import type { ClientOptions, Provider } from './provider.ts'
import { clientOf, provider } from './define-provider.ts'
import { githubMark } from './marks.ts'

/** The options of {@link github}. */
export interface GithubOptions extends ClientOptions {
  /** The URL of a GitHub Enterprise Server. Default: `https://github.com`. */
  readonly baseUrl?: string | undefined
}

/**
 * Login with GitHub. Asks for `read:user`. The e-mail address is the user's public one, if any, and counts as unverified.
 * GitHub cannot prove that a login is fresh: it asks for the account, not for a password.
 *
 * @see [GitHub: authorizing OAuth apps](https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps)
 */
export function github(options: GithubOptions): Provider {
  const { baseUrl } = options
  const site = baseUrl ?? 'https://github.com'
  return provider({
    ...clientOf(options, { name: 'github', displayName: 'GitHub', mark: githubMark, scopes: ['read:user'] }),
    // The strongest prompt that GitHub supports.
    freshLogin: { prompt: 'select_account' },
    endpoints: {
      authorization: `${site}/login/oauth/authorize`,
      token: `${site}/login/oauth/access_token`,
      userinfo: baseUrl === undefined ? 'https://api.github.com/user' : `${baseUrl}/api/v3/user`
    },
    clientAuthentication: 'client_secret_post',
    // GitHub separates scopes by commas.
    tokenResponse: ({ scope, ...answer }) => ({
      ...answer,
      scope: typeof scope === 'string' ? scope.replaceAll(',', ' ') : scope
    }),
    toIdentity: ({ userinfo: { id, name: fullName, login, email, avatar_url: picture } }) => ({
      // `id` is a number; a subject is a string. The login name is not used: it can pass to another user.
      subject: Number.isSafeInteger(id) ? String(id) : undefined,
      name: fullName ?? login,
      email,
      picture
    })
  })
}
