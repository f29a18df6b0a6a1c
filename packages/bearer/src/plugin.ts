// The plugin for access tokens in the Authorization header (RFC 6750 §2.1): JWTs of trusted issuers (RFC 9068) and opaque
// tokens that are introspected (RFC 7662). Both may be bound to a key of the client (RFC 9449).
// https://www.rfc-editor.org/rfc/rfc9068#section-4
import type { FastifyBaseLogger, FastifyPluginAsync } from 'fastify'
import { prepareFetches } from '@latchkey/issuer'
import { RegistrationError } from '@latchkey/options'
import fp from 'fastify-plugin'
import { isStillValid, type Verification, type VerifiedToken } from './access-token/verify.ts'
import { bearerAuthenticator } from './authenticator.ts'
import { dpopAuthenticator } from './dpop-authenticator.ts'
import { isDpopUsed } from './dpop/options.ts'
import { proofVerifier } from './dpop/proof-verifier.ts'
import { type Introspect, introspection } from './introspection/introspection.ts'
import { jose } from './jose.ts'
import { type BearerOptions, resolveOptions } from './options.ts'
import { tokenMemory } from './token-memory.ts'
import { type Issuer, trustIssuers } from './trusted-issuer.ts'

// The issuers as they were given. `@latchkey/testing` reads them, to make tokens and forgeries for a test.
const trusted = Symbol.for('@latchkey/bearer issuers')

const plugin: FastifyPluginAsync<BearerOptions> = async (app, given) => {
  const { clockTolerance, maxTokenAge, remember, dpop, now, ...options } = resolveOptions(given)
  // A second one, for the other scheme, would refuse the tokens of the first.
  if (app.hasDecorator(trusted)) {
    const fault = 'the plugin is registered already, in this context or in a parent context'
    throw new RegistrationError('@latchkey/bearer', `${fault}. Fix: name all issuers in one registration`)
  }
  app.decorate(trusted, Object.freeze([...options.issuers]))
  const issuers = await trustIssuers(options.issuers, app.log)
  const verification: Verification = { issuers, clockTolerance, maxTokenAge, now }
  const memory = tokenMemory<VerifiedToken>(remember === false ? 0 : remember, (token) =>
    isStillValid(token, now() / 1000)
  )
  const introspect = introspectionOf([...issuers.values()], verification, app.log)
  const modes = [...issuers.values()].map((issuer) => issuer.dpop)
  const proofs = isDpopUsed(modes, dpop) ? proofVerifier(dpop, clockTolerance, now) : null
  const isRemote = options.issuers.some(({ jwks }) => jwks === undefined)
  // Not awaited: the load continues in the background while the server starts to listen.
  app.addHook('onReady', async () => void prepare(isRemote))
  const isBearer = modes.some((mode) => mode !== 'required')
  if (isBearer) {
    app.guard.addAuthenticator(bearerAuthenticator({ verification, memory, introspect, isAlone: proofs === null }))
  }
  if (proofs) {
    app.guard.addAuthenticator(dpopAuthenticator({ verification, memory, introspect, proofs, isRequired: !isBearer }))
  }
}

/** Loads what the first token needs, so that its request does not. */
async function prepare(isRemote: boolean): Promise<void> {
  await jose.prepare()
  if (isRemote) await prepareFetches()
}

function introspectionOf(
  issuers: readonly Issuer[],
  verification: Verification,
  log: FastifyBaseLogger
): Introspect | null {
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
