import type { ClientOptions, Provider } from './provider.ts'
import { clientOf, provider } from './define-provider.ts'
import { discordMark } from './marks.ts'

/** The options of {@link discord}. */
export interface DiscordOptions extends ClientOptions {
  /** The server, to replace Discord in tests. Default: `https://discord.com`. */
  readonly baseUrl?: string | undefined
}

/**
 * Login with Discord. Asks for `identify email`. Discord cannot prove that a login is fresh: it asks for consent, not for a
 * password.
 *
 * @example
 * ```ts
 * discord({ clientId: DISCORD_ID, clientSecret: DISCORD_SECRET })
 * ```
 * @see [Discord: OAuth2](https://discord.com/developers/docs/topics/oauth2)
 */
export function discord(options: DiscordOptions): Provider {
  const { baseUrl = 'https://discord.com' } = options
  return provider({
    ...clientOf(options, { name: 'discord', displayName: 'Discord', mark: discordMark, scopes: ['identify', 'email'] }),
    // The strongest prompt that Discord supports.
    freshLogin: { prompt: 'consent' },
    endpoints: {
      authorization: `${baseUrl}/oauth2/authorize`,
      token: `${baseUrl}/api/oauth2/token`,
      revocation: `${baseUrl}/api/oauth2/token/revoke`,
      userinfo: `${baseUrl}/api/users/@me`
    },
    toIdentity: ({ userinfo: { id, username, global_name: globalName, email, verified, avatar } }) => ({
      subject: id,
      name: globalName ?? username,
      email,
      emailVerified: verified,
      picture: pictureOf(id, avatar)
    })
  })
}

function pictureOf(id: unknown, avatar: unknown): string | undefined {
  const isAvatar = typeof avatar === 'string' && /^\w+$/.test(avatar) && typeof id === 'string' && /^\d+$/.test(id)
  return isAvatar ? `https://cdn.discordapp.com/avatars/${id}/${avatar}.png` : undefined
}
