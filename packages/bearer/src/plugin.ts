// The plugin for access tokens in the Authorization header (RFC 6750 §2.1): JWTs of trusted issuers (RFC 9068) and opaque
// tokens that are introspected (RFC 7662). Both may be bound to a key of the client (RFC 9449).
// https://www.rfc-editor.org/rfc/rfc9068#section-4
import { checkOptions, mustBeFunction, mustBeInteger, type OptionCheck, optional } from '@latchkey/guard'
import type { FastifyBaseLogger, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { isStillValid, type Verification, type VerifiedToken } from './access-token.ts'
import { bearerAuthenticator } from './authenticator.ts'
import { dpopAuthenticator } from './dpop-authenticator.ts'
import { type DpopOptions, isDpopUsed, mustBeDpop } from './dpop/options.ts'
import { proofVerifier } from './dpop/proof-verifier.ts'
import { type Introspection, introspection } from './introspection/introspection.ts'
import { tokenMemory } from './token-memory.ts'
import { type Issuer, type TrustedIssuer, trustIssuers } from './trusted-issuer.ts'
import { mustBeIssuers } from './trusted-issuer-check.ts'

/**
 * Options of the bearer plugin.
 *
 * @example
 * ```ts
 * await app.register(bearer, {
 *   issuers: [{ issuer: 'https://login.example.com', audience: 'https://api.example.com', algorithms: ['ES256'] }],
 *   clockTolerance: 10
 * })
 * ```
 */
export interface BearerOptions {
  /** The issuers whose access tokens are accepted: at least one, each with a different name. All other tokens are refused. */
  readonly issuers: readonly TrustedIssuer[]
  /**
   * The accepted difference between the clocks of an issuer and this server, in seconds from 0 to 60. Default: 30. It applies
   * to every time in a token. The limit is 60 because a greater tolerance keeps expired tokens alive; a clock that is that
   * wrong must be corrected.
   */
  readonly clockTolerance?: number
  /**
   * The maximum age of a token in seconds, counted from its `iat`. Every token must then have an `iat`. Default: none, a token
   * is accepted until its `exp`, however late that is.
   */
  readonly maxTokenAge?: number
  /**
   * How many verified tokens are remembered, from 1 to 1,000,000; `false` for none. A remembered token is not verified again on
   * each request. Its times, its revocation and its key are still checked on each request. A token of 1 KB takes about 4 KB.
   * Default: 10,000.
   */
  readonly remember?: number | false
  /**
   * How proofs of possession are checked. Required if the `dpop` of an issuer is `'required'` or `'allowed'`. Refused
   * otherwise.
   */
  readonly dpop?: DpopOptions
  /** Returns the current time in milliseconds since the epoch, for tests. Default: `Date.now`. */
  readonly now?: () => number
}

const YEAR = 31_536_000
const registered = Symbol('@latchkey/bearer')

const mayBeRemembered: OptionCheck = (value) =>
  value === false ? undefined : optional(mustBeInteger(1, 1_000_000, 'tokens, or false,'))(value)

const plugin: FastifyPluginAsync<BearerOptions> = async (app, given) => {
  const options = checkOptions('@latchkey/bearer', given, {
    issuers: mustBeIssuers,
    clockTolerance: optional(mustBeInteger(0, 60, 'seconds')),
    maxTokenAge: optional(mustBeInteger(1, YEAR, 'seconds')),
    remember: mayBeRemembered,
    dpop: optional(mustBeDpop),
    now: optional(mustBeFunction)
  })
  // A second one, for the other scheme, would refuse the tokens of the first.
  app.decorate(registered, true)
  const now = options.now ?? Date.now
  const issuers = await trustIssuers(options.issuers, app.log)
  const verification: Verification = {
    issuers,
    clockTolerance: options.clockTolerance ?? 30,
    maxTokenAge: options.maxTokenAge,
    now
  }
  const memory = tokenMemory<VerifiedToken>(options.remember === false ? 0 : (options.remember ?? 10_000), (token) =>
    isStillValid(token, now() / 1000)
  )
  const opaque = introspectionOf([...issuers.values()], verification, app.log)
  const modes = [...issuers.values()].map(({ dpop }) => dpop)
  const proofs = isDpopUsed(modes, options.dpop) ? proofVerifier(options.dpop, verification.clockTolerance, now) : null
  const isBearer = modes.some((mode) => mode !== 'required')
  if (isBearer) {
    app.guard.addAuthenticator(bearerAuthenticator({ verification, memory, opaque, isAlone: proofs === null }))
  }
  if (proofs) {
    app.guard.addAuthenticator(dpopAuthenticator({ verification, memory, opaque, proofs, isRequired: !isBearer }))
  }
}

function introspectionOf(
  issuers: readonly Issuer[],
  verification: Verification,
  log: FastifyBaseLogger
): Introspection | null {
  for (const issuer of issuers) {
    const { introspection: options } = issuer
    if (options !== undefined) return introspection({ ...verification, issuer, options, log })
  }
  return null
}

/**
 * The plugin that accepts JWT and opaque access tokens in the `Authorization` header, on the routes of its guard.
 *
 * @see [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)
 * @see [RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)
 */
const bearer: FastifyPluginAsync<BearerOptions> = fp(plugin, {
  name: '@latchkey/bearer',
  fastify: '5.x',
  dependencies: ['@latchkey/guard']
})

export default bearer
