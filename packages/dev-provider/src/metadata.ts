import type { Middleware } from './middleware.ts'
import type { Profile } from './profile.ts'

/** Serves the metadata documents of a profile that has its own, with CORS for browsers of any origin. */
export function metadata(profile: Profile, issuer: string): Middleware {
  const documents = new Map(Object.entries(profile.metadata?.(issuer) ?? {}))
  return async (ctx, next) => {
    const document = documents.get(ctx.path)
    if (ctx.method !== 'GET' || document === undefined) return next()
    ctx.set('access-control-allow-origin', '*')
    ctx.body = document
  }
}
