import type { Middleware } from './middleware.ts'

/** Refuses requests for other hosts: an attacker can make a name resolve to this machine (DNS rebinding). */
export function ownHostOnly(issuer: string): Middleware {
  const { host } = new URL(issuer)
  return async (ctx, next) => {
    if (ctx.host === host) return next()
    ctx.status = 421
    ctx.body = { error: 'invalid_request', error_description: `This provider is ${issuer}` }
  }
}
