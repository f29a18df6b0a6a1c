import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Middleware } from '../context.ts'
import type { Behaviour, Profile } from './profile.ts'

/** Replaces alias paths by the path that they stand for. Discord's paths may contain the version of its API. */
export function canonicalPaths({ name, aliases }: Profile): Middleware {
  return async (ctx, next) => {
    const path = name === 'discord' ? ctx.path.replace(/^\/api\/v\d+\//, '/api/') : ctx.path
    ctx.path = aliases[path] ?? path
    await next()
  }
}

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
