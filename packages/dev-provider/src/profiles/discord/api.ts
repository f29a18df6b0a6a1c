import { createHash } from 'node:crypto'
import type { Context, Middleware } from '../../context.ts'
import { type Person, subjectOf } from '../../person.ts'
import { now, type Store } from '../../store.ts'
import type { Instance } from '../profile.ts'

/** The stored data of an access token. */
interface BearerToken {
  readonly subject: string
  readonly clientId: string
  readonly scopes: ReadonlySet<string>
  /** Seconds since 1970. */
  readonly expiresAt: number
}

/** Serves `GET /api/users/@me` and `GET /api/oauth2/@me`, under any version of Discord's API. */
export function api({ people, store }: Instance): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'GET' || !['/api/users/@me', '/api/oauth2/@me'].includes(ctx.path)) return next()
    const token = await bearerToken(ctx.get('authorization'), store)
    const person = people.find((each) => subjectOf(each) === token?.subject)
    if (!token || !person) {
      refuse(ctx)
      return
    }
    const user = token.scopes.has('identify') ? userObject(person, token.scopes) : undefined
    if (ctx.path === '/api/oauth2/@me') {
      ctx.body = {
        application: {
          id: token.clientId,
          name: token.clientId,
          icon: null,
          description: '',
          bot_public: true,
          bot_require_code_grant: false,
          verify_key: ''
        },
        scopes: [...token.scopes],
        expires: new Date(token.expiresAt * 1000).toISOString(),
        ...(user && { user })
      }
      return
    }
    if (!user) {
      refuse(ctx)
      return
    }
    ctx.body = user
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

// Returns the access token in an Authorization header, if this provider issued it and it has not expired.
async function bearerToken(header: string, store: Store): Promise<BearerToken | undefined> {
  const [, credentials = ''] = /^Bearer ([\w-]+)$/i.exec(header) ?? []
  const stored = await store.adapter('AccessToken').find(credentials)
  const { accountId = '', clientId = '', scope = '', exp = 0 } = stored ?? {}
  return exp > now() ? { subject: accountId, clientId, scopes: new Set(scope.split(' ')), expiresAt: exp } : undefined
}

function refuse(ctx: Context): void {
  ctx.status = 401
  ctx.body = { message: '401: Unauthorized', code: 0 }
}
