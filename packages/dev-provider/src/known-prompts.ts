import type { Middleware } from './middleware.ts'

/**
 * Removes parameters from an authorization request that the provider does not support: `max_age`, and other values of `prompt`.
 * The provider then never asks a signed-in person to log in again, and its ID token has no `auth_time`.
 */
export function knownPrompts(path: string, known: readonly string[]): Middleware {
  return async (ctx, next) => {
    if (ctx.path === path) {
      const { prompt, max_age: _unknown, ...others } = ctx.query
      const understood = [prompt ?? []]
        .flat()
        .flatMap((list) => list.split(' ').filter((value) => known.includes(value)))
      ctx.query = { ...others, ...(understood.length > 0 && { prompt: understood.join(' ') }) }
    }
    await next()
  }
}
