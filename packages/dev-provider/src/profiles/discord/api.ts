import { createHash } from 'node:crypto'
import type { Middleware } from '../../context.ts'
import { type Person, subjectOf } from '../../person.ts'
import { now } from '../../store.ts'
import type { Instance } from '../profile.ts'

/** Serves `GET /api/users/@me` and `GET /api/oauth2/@me`, under any version of Discord's API. */
export function api({ people, store }: Instance): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'GET' || !['/api/users/@me', '/api/oauth2/@me'].includes(ctx.path)) return next()
    const [, token = ''] = /^Bearer ([\w-]+)$/i.exec(ctx.get('authorization')) ?? []
    const stored = await store.adapter('AccessToken').find(token)
    const { accountId, clientId, scope = '', exp = 0 } = stored ?? {}
    const person = exp > now() ? people.find((each) => subjectOf(each) === accountId) : undefined
    const scopes = new Set(scope.split(' '))
    const user = person && scopes.has('identify') ? userObject(person, scopes) : undefined
    const authorization = person && {
      application: {
        id: clientId,
        name: clientId,
        icon: null,
        description: '',
        bot_public: true,
        bot_require_code_grant: false,
        verify_key: ''
      },
      scopes: [...scopes],
      expires: new Date(exp * 1000).toISOString(),
      ...(user && { user })
    }
    const body = ctx.path === '/api/oauth2/@me' ? authorization : user
    if (body === undefined) ctx.status = 401
    ctx.body = body ?? { message: '401: Unauthorized', code: 0 }
  }
}

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
function userObject(person: Person, scopes: ReadonlySet<string>): Record<string, unknown> {
  const { email, emailVerified = true } = person
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
    ...(scopes.has('email') && { email: email ?? null, verified: email !== undefined && emailVerified })
  }
}
