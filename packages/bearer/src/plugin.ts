// Access tokens in the Authorization header: JWTs of issuers that this server trusts (RFC 6750 §2.1, RFC 9068), and tokens
// that such an issuer is asked about (RFC 7662), bound to a key of their client's or not (RFC 9449).
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
import { type TokenMemoryCounts, tokenMemory } from './token-memory.ts'
import { type Issuer, type TrustedIssuer, trustIssuers } from './trusted-issuer.ts'
import { mustBeIssuers } from './trusted-issuer-check.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The verifier of access tokens of this context. */
    readonly bearer: Bearer
  }
}

/** What `app.bearer` offers to the application. */
export interface Bearer {
  /** How the memory of verified tokens does: for metrics. */
  readonly memory: TokenMemoryCounts
  /** The same of what was introspected, where `size` is how many answers are remembered; `null` where nothing is. */
  readonly introspection: TokenMemoryCounts | null
}

/** Options of the bearer plugin. */
export interface BearerOptions {
  /** Whose access tokens are honoured: at least one, each by its own name. Nobody else's are. */
  readonly issuers: readonly TrustedIssuer[]
  /**
   * By how many seconds the issuers' clocks may differ from this server's: from 0 to 60, default 30. It holds for
   * every time in a token. More would keep dead tokens alive; a clock that far off needs mending, not tolerance.
   */
  readonly clockTolerance?: number
  /**
   * The greatest age of a token in seconds, counted from its `iat`, which every token must then have. Without it a
   * token is honoured until its `exp`, however far off its issuer set that.
   */
  readonly maxTokenAge?: number
  /**
   * How many verified tokens are remembered, from 1 to 1,000,000, so that a token that came twice is not verified again on each
   * request; `false` for none. Times, revocation and whether the issuer still has the key are looked at on each request all the
   * same. A token of a kilobyte takes some 4 KB. Default: 10,000.
   */
  readonly remember?: number | false
  /**
   * What proofs of possession are held against. Required as soon as an issuer's `dpop` is `'required'` or `'allowed'`, and
   * of no use without that.
   */
  readonly dpop?: DpopOptions
  /** The time in milliseconds since the epoch. Default: `Date.now`. For tests. */
  readonly now?: () => number
}

const YEAR = 31_536_000

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
  app.decorate('bearer', {
    get memory() {
      return memory.counts
    },
    get introspection() {
      return opaque?.counts ?? null
    }
  })
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
 * Honours JWT access tokens in the `Authorization` header on the routes of its guard.
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
