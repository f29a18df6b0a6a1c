import { createHash } from 'node:crypto'
import { type Person, subjectOf } from './person.ts'

/** Returns the hash that Discord uses as the name of a picture, or `null` without a picture. */
export function avatarOf({ picture }: Person): string | null {
  return picture === undefined ? null : createHash('sha256').update(picture).digest('hex').slice(0, 32)
}

/**
 * Returns a person in the form of `GET /users/@me`. The e-mail address and its verification are included only with the scope
 * `email`.
 *
 * @see [Discord's documentation of the user object](https://discord.com/developers/docs/resources/user#user-object)
 */
export function discordUser(person: Person, scopes: ReadonlySet<string>): Record<string, unknown> {
  return {
    id: subjectOf(person),
    username: person.username ?? person.id,
    discriminator: '0',
    global_name: person.name,
    avatar: avatarOf(person),
    banner: null,
    accent_color: null,
    banner_color: null,
    avatar_decoration_data: null,
    clan: null,
    primary_guild: null,
    public_flags: 0,
    flags: 0,
    locale: person.locale ?? 'en-US',
    mfa_enabled: true,
    premium_type: 0,
    ...(scopes.has('email') ? { email: person.email ?? null, verified: isVerified(person) } : {})
  }
}

function isVerified({ email, emailVerified = true }: Person): boolean {
  return email !== undefined && emailVerified
}
