import { AssertionError } from 'node:assert'
import * as o from '@latchkey/options'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { lowerCased } from '../caller.ts'
import { canSignIn } from '../plugin.ts'
import { checkPrincipal, type TestPrincipal } from '../principal.ts'
import { readyGuard, trustedEntries } from '../server.ts'
import { forgedCookies, genuineCookie } from './cookies.ts'
import { foreignTokens } from './foreign-keys.ts'
import type { Forgery } from './forgery.ts'
import { type Target, targetsOf } from './target.ts'
import { alteredTokens, isJws, unsignedTokens } from './unsigned.ts'
import { wrongTokens } from './wrong-claims.ts'

/** The options of {@link assertRefusesForgeries}. Only `url` is required. */
export interface ForgeriesOptions {
  /** The path of a route that requires authentication. */
  readonly url: string
  /** Default: `GET`. */
  readonly method?: NonNullable<InjectOptions['method']> | undefined
  /** Further headers of each request. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The body of each request. Default: none. */
  readonly payload?: InjectOptions['payload']
  /**
   * A principal that the route admits. Its valid credentials are sent first. Default: one with all scopes in the option `scopes` of
   * the guard.
   */
  readonly principal?: Omit<TestPrincipal, 'session' | 'issuer' | 'roles'> | undefined
}

const NAME = 'assertRefusesForgeries()'

const schema = o.members({
  url: o.must<string>("be a path that begins with '/'", (value) => typeof value === 'string' && value.startsWith('/')),
  method: o.optional(o.must<NonNullable<InjectOptions['method']>>('be a method such as POST', o.isText), 'GET'),
  headers: o.optional(
    o.must<Readonly<Record<string, string>>>('be an object with texts', (value) => o.isMapOf(value, o.isText)),
    {}
  ),
  payload: o.optional(o.must<NonNullable<InjectOptions['payload']>>('be a body as for inject()', () => true)),
  principal: o.optional(o.must<NonNullable<ForgeriesOptions['principal']>>('be a principal as for as()', o.isRecord))
})

/**
 * Sends some 80 forged tokens and session cookies to a route, and requires that each is refused: with 401, or with 400 and a
 * challenge (RFC 6750 `invalid_request`). Any other answer means that the forgery got through or broke the server.
 *
 * Before that it checks that the route refuses a request without credentials and admits the valid credentials of `principal`;
 * the handler runs for these. Tokens are forged for each trusted issuer of `@latchkey/bearer` whose keys are in this process:
 * those with the right key and a wrong claim only for a `testIssuer()`. Cookies are forged if the plugin of this package is
 * registered. Does not forge API keys and DPoP proofs, and does not try issuers whose keys or answers come over the network.
 *
 * @returns the names of the forgeries that were refused
 * @throws AssertionError that lists the forgeries that were not refused, with their statuses. RegistrationError for a wrong
 * option, and for a route or a server with which the forgeries would prove nothing
 *
 * @example
 * ```ts
 * await assertRefusesForgeries(app, { url: '/items' })
 * ```
 */
export async function assertRefusesForgeries(
  app: FastifyInstance,
  options: ForgeriesOptions
): Promise<readonly string[]> {
  const { url, method, headers, payload, principal: given } = o.checkOptions(NAME, schema, options)
  const guard = await readyGuard(NAME, app)
  const principal = checkPrincipal(NAME, given ?? { subject: 'latchkey-testing', scopes: Object.keys(guard.scopes) })
  const route = `${method} ${url}`

  async function statusOf({
    headers: forged,
    query
  }: Omit<Forgery, 'name'>): Promise<{ status: number; isRefused: boolean }> {
    const answer = await app.inject({
      method,
      url: query === undefined ? url : `${url}${url.includes('?') ? '&' : '?'}${query}`,
      // The forgery comes last: no other header replaces it.
      headers: { 'sec-fetch-site': 'same-origin', ...lowerCased(headers), ...forged },
      ...(payload !== undefined && { payload })
    })
    const { statusCode: status } = answer
    return { status, isRefused: status === 401 || (status === 400 && answer.headers['www-authenticate'] !== undefined) }
  }

  async function mustBeAdmitted(credential: string, forged: Omit<Forgery, 'name'>): Promise<void> {
    const { status } = await statusOf(forged)
    if (![401, 403, 404, 405].includes(status) && status < 500) return
    throw new o.RegistrationError(
      NAME,
      `${route} answers ${status} to ${credential}, so that forgeries prove nothing. Fix: choose a route that exists, and a principal that it admits`
    )
  }

  const { status } = await statusOf({ headers: {} })
  if (status !== 401) {
    throw new o.RegistrationError(
      NAME,
      `${route} answers ${status} without credentials. Fix: choose a route that requires authentication`
    )
  }
  const forgeries: Forgery[] = []
  const targets = await targetsOf(app, principal)
  for (const target of targets) {
    if (target.genuine) await mustBeAdmitted(`a valid token of ${target.issuer}`, bearing(target.genuine[0]))
    forgeries.push(...(await forgedTokens(app, target, targets.length > 1)))
  }
  if (canSignIn(app)) {
    const cookie = await genuineCookie(app, principal)
    await mustBeAdmitted('a valid session', { headers: { cookie: `${cookie.name}=${cookie.value}` } })
    forgeries.push(...(await forgedCookies(app, cookie, principal)))
  } else if (!targets.some(({ genuine }) => genuine)) {
    throw new o.RegistrationError(
      NAME,
      'no valid credentials can be made here. Fix: put testIssuer() among the issuers of @latchkey/bearer, or register the plugin of @latchkey/testing beside @latchkey/session'
    )
  }

  const passed: string[] = []
  for (const forgery of forgeries) {
    const { status, isRefused } = await statusOf(forgery)
    if (!isRefused) passed.push(`${forgery.name}: ${status}`)
  }
  if (passed.length === 0) return forgeries.map(({ name }) => name)
  throw new AssertionError({
    message: `${route} does not refuse ${passed.length} of ${forgeries.length} forgeries:\n- ${passed.join('\n- ')}`,
    actual: passed,
    expected: [],
    operator: 'assertRefusesForgeries'
  })
}

async function forgedTokens(app: FastifyInstance, target: Target, isOneOfMany: boolean): Promise<Forgery[]> {
  const tokens = [
    ...unsignedTokens(target),
    ...alteredTokens(target),
    ...(await foreignTokens(target)),
    ...(await wrongTokens(target))
  ]
  // A server with introspection sends its issuer every token that is not a JWS.
  const isTried = trustedEntries(app).some(({ introspection }) => introspection !== undefined) ? isJws : () => true
  const kind = isOneOfMany ? `token of ${target.issuer}` : 'token'
  const forgeries: Forgery[] = tokens
    .filter(([, token]) => isTried(token))
    .map(([name, token]) => ({ name: `${kind}: ${name}`, ...bearing(token) }))
  if (target.genuine === null) return forgeries
  return [...forgeries, { name: `${kind}: in the URL`, headers: {}, query: `access_token=${target.genuine[0]}` }]
}

function bearing(token: string): Pick<Forgery, 'headers'> {
  return { headers: { authorization: `Bearer ${token}` } }
}
