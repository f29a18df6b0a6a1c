import type { FastifyInstance, InjectOptions } from 'fastify'
import { type Caller, callerOf, injectWith } from './caller.ts'
import { cookieJar } from './jar.ts'
import { signIn } from './plugin.ts'
import { checkPrincipal, type TestPrincipal } from './principal.ts'
import { originOf, ready } from './server.ts'
import { tokenFor } from './token.ts'

/**
 * Returns a caller that sends requests as a principal. The server verifies its credentials as it does in production:
 *
 * - By default each request has a new access token in `Authorization: Bearer`. It is signed by the first issuer among the
 *   `issuers` of `@latchkey/bearer` that can sign here: a `testIssuer()`, or the server's own token endpoint.
 * - With `session: true` the first request signs in with `reply.signIn()`. It and the later ones have the session cookie and
 *   `Sec-Fetch-Site: same-origin`. The caller keeps the cookies of all answers. This needs the plugin of this package.
 *
 * Does not bypass the guard: the scopes of the server's `permissions` and `roles` apply. Does not make DPoP proofs.
 *
 * @param app - the server, or the context in which `@latchkey/bearer` or `@latchkey/session` is registered
 * @throws RegistrationError for a wrong principal. The methods of the caller reject with it when the server has no issuer that
 * can sign, and when the plugin is missing
 *
 * @example
 * ```ts
 * const { statusCode } = await as(app, { subject: 'alice', scopes: ['items:read'] }).get('/items')
 * ```
 */
export function as(app: FastifyInstance, principal: TestPrincipal): Caller {
  const who = checkPrincipal('as()', principal)
  return who.session ? withSession(app, who) : withToken(app, who)
}

function withToken(app: FastifyInstance, principal: TestPrincipal): Caller {
  return callerOf(async (request) => {
    await ready(app)
    return injectWith(app, request, { authorization: `Bearer ${await tokenFor(app, principal)}` })
  })
}

function withSession(app: FastifyInstance, principal: TestPrincipal): Caller {
  // Cookies are dated by this clock. A session that has ended for the server is refused by the server.
  const jar = cookieJar(Date.now)
  let started: Promise<string> | undefined

  async function start(): Promise<string> {
    await ready(app)
    const origin = originOf(app)
    await jar.keep(origin, await signIn('as()', app, principal))
    return origin
  }

  return callerOf(async (request) => {
    started ??= start()
    const url = (await started) + pathOf(request)
    const method = request.method ?? 'GET'
    const cookie = await jar.header(url, { site: 'same-origin', method, isNavigation: false })
    const answer = await injectWith(app, request, { 'sec-fetch-site': 'same-origin', ...(cookie !== '' && { cookie }) })
    await jar.keep(url, [answer.headers['set-cookie'] ?? []].flat())
    return answer
  })
}

function pathOf({ url, path = '/' }: InjectOptions): string {
  const target = url ?? path
  const text = typeof target === 'string' ? target : target.pathname
  // Like inject(), which takes two slashes at the start as a part of the path, and not as the start of a host.
  return new URL(text.replace(/^\/+/, '/'), 'http://localhost').pathname
}
