import { type Middleware, readForm } from '../../context.ts'
import type { Store } from '../../store.ts'

/**
 * Google's revocation endpoint: no client authentication, the token in the form or in the query. Revoking one token of a grant
 * revokes all of them. Unlike RFC 7009, it answers 400 for an unknown token.
 *
 * @see [Google's documentation](https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke)
 */
export function revocation(path: string, store: Store): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'POST' || ctx.path !== path) return next()
    const token = (await readForm(ctx)).get('token') ?? new URLSearchParams(ctx.querystring).get('token') ?? ''
    const models = ['AccessToken', 'RefreshToken'].map((model) => store.adapter(model))
    const found = (await Promise.all(models.map((model) => model.find(token)))).find((payload) => payload !== undefined)
    if (!found) {
      ctx.status = 400
      ctx.body = { error: 'invalid_token', error_description: 'Token expired or revoked' }
      return
    }
    await Promise.all(models.map((model) => model.revokeByGrantId(String(found.grantId))))
    ctx.body = {}
  }
}
