import type { Middleware } from './middleware.ts'

/**
 * Leaves out of an authorization request what the provider does not know: `max_age`, and other values of `prompt`. It never
 * asks for a login of whoever is logged in then, and its ID token does not say when that was.
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
