import type { Middleware } from './middleware.ts'
import type { Profile } from './profile.ts'

/** Replaces alias paths by the path that they stand for. Discord's paths may contain the version of its API. */
export function canonicalPaths({ name, aliases }: Profile): Middleware {
  return async (ctx, next) => {
    const path = name === 'discord' ? ctx.path.replace(/^\/api\/v\d+\//, '/api/') : ctx.path
    ctx.path = aliases[path] ?? path
    await next()
  }
}
