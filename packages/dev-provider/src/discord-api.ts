import { bearerToken } from './bearer-token.ts'
import { discordUser } from './discord-user.ts'
import type { Context, Middleware } from './middleware.ts'
import { subjectOf } from './person.ts'
import type { Surroundings } from './profile.ts'

/** Serves `GET /api/users/@me` and `GET /api/oauth2/@me`, under any version of Discord's API. */
export function discordApi({ people, store }: Surroundings): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'GET' || !['/api/users/@me', '/api/oauth2/@me'].includes(ctx.path)) return next()
    const token = await bearerToken(ctx.get('authorization'), store)
    const person = people.find((each) => subjectOf(each) === token?.subject)
    if (!token || !person) {
      refuse(ctx)
      return
    }
    const user = token.scopes.has('identify') ? discordUser(person, token.scopes) : undefined
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

function refuse(ctx: Context): void {
  ctx.status = 401
  ctx.body = { message: '401: Unauthorized', code: 0 }
}
