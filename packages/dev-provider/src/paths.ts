import type { Middleware } from './middleware.ts'
import type { Profile } from './profile.ts'

/** Brings the paths that stand for others into their one form. Discord's may have the version of its API in them. */
export function canonicalPaths({ name, aliases }: Profile): Middleware {
  return async (ctx, next) => {
    const path = name === 'discord' ? ctx.path.replace(/^\/api\/v\d+\//, '/api/') : ctx.path
    ctx.path = aliases[path] ?? path
    await next()
  }
}
