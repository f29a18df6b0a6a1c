import type { Middleware } from './context.ts'

/**
 * Sets the headers of every answer. Pages replace the policy with their own. The policy here is for oidc-provider's answers,
 * which add the hash of their script if they have one.
 */
export const securityHeaders: Middleware = async (ctx, next) => {
  ctx.set({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; script-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY'
  })
  await next()
}

/** Refuses requests for other hosts: an attacker can make a name resolve to this machine (DNS rebinding). */
export function ownHostOnly(issuer: string): Middleware {
  const { host } = new URL(issuer)
  return async (ctx, next) => {
    if (ctx.host === host) return next()
    ctx.status = 421
    ctx.body = { error: 'invalid_request', error_description: `This provider answers only at ${issuer}` }
  }
}
