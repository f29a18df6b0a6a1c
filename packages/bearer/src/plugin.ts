// Access tokens in the Authorization header: JWTs of issuers that this server trusts (RFC 6750 §2.1, RFC 9068).
// https://www.rfc-editor.org/rfc/rfc9068#section-4
import {
  type Authenticator,
  checkOptions,
  mustBeFunction,
  mustBeInteger,
  optional,
  type SecurityScheme
} from '@latchkey/guard'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { type Verification, verifyAccessToken } from './access-token.ts'
import { bearerToken } from './credentials.ts'
import { mustBeIssuers, type TrustedIssuer, trustIssuers } from './trusted-issuer.ts'

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
  /** The time in milliseconds since the epoch. Default: `Date.now`. For tests. */
  readonly now?: () => number
}

const YEAR = 31_536_000

const bearerAuth: SecurityScheme = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: 'A JWT access token in the Authorization header.'
}

const plugin: FastifyPluginAsync<BearerOptions> = async (app, given) => {
  const options = checkOptions('@latchkey/bearer', given, {
    issuers: mustBeIssuers,
    clockTolerance: optional(mustBeInteger(0, 60, 'seconds')),
    maxTokenAge: optional(mustBeInteger(1, YEAR, 'seconds')),
    now: optional(mustBeFunction)
  })
  app.guard.addAuthenticator(
    bearerAuthenticator({
      issuers: await trustIssuers(options.issuers),
      clockTolerance: options.clockTolerance ?? 30,
      maxTokenAge: options.maxTokenAge,
      now: options.now ?? Date.now
    })
  )
}

function bearerAuthenticator(verification: Verification): Authenticator {
  return Object.freeze({
    scheme: 'bearer',
    challenge: 'Bearer',
    ambient: false,
    header: 'Authorization',
    securitySchemes: { bearerAuth },
    authenticate(request) {
      const token = bearerToken(request)
      return token === null ? null : verifyAccessToken(token, verification)
    }
  } satisfies Authenticator)
}

/**
 * Honours JWT access tokens in the `Authorization` header on the routes of its guard.
 *
 * @see [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)
 */
const bearer: FastifyPluginAsync<BearerOptions> = fp(plugin, {
  name: '@latchkey/bearer',
  fastify: '5.x',
  dependencies: ['@latchkey/guard']
})

export default bearer
