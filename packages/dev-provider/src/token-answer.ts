import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Middleware } from './middleware.ts'
import type { Behaviour, Profile } from './profile.ts'

/** Changes the answers of the token and the revocation endpoint to the profile's form. */
export function tokenAnswer({ name, paths }: Profile, behaviour: Behaviour): Middleware {
  return async (ctx, next) => {
    await next()
    if (ctx.path === paths.token && ctx.status === 200) {
      const { oidc } = ctx as KoaContextWithOIDC // oidc-provider has answered, so it has set this
      behaviour.tokenAnswer?.(ctx.body as Record<string, unknown>, oidc.params?.['grant_type']) // an object, at 200
    }
    // Discord sends JSON here, where RFC 7009 has an empty body.
    if (name === 'discord' && ctx.path === paths.revocation && ctx.status === 200) ctx.body = {}
  }
}
