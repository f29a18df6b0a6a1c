import { RegistrationError } from '@latchkey/options'
import type { FastifyInstance } from 'fastify'
import type { TestPrincipal } from './principal.ts'
import { tokenEndpointOf, type TrustedEntry, trustedEntries } from './server.ts'
import { signed, testKeyOf } from './test-issuer.ts'

/** Signs a token that the server accepts, for a principal. */
export type SignToken = (principal: TestPrincipal) => Promise<string>

/** Returns the function that signs tokens of a trusted issuer; `null` if only the issuer itself can. */
export function tokenSigner(app: FastifyInstance, entry: TrustedEntry): SignToken | null {
  // A proof of possession would have to be made for each request.
  if (entry.dpop === 'required' || entry.introspection !== undefined) return null
  const key = testKeyOf(entry)
  if (key !== undefined) {
    // Cast: @latchkey/bearer requires at least one audience.
    const [audience] = [entry.audience].flat() as [string]
    const names = { issuer: entry.issuer, audience, typ: entry.typ ?? 'at+jwt' }
    return async ({ subject, scopes, claims, authenticatedAt }) =>
      signed(key, names, { subject, scopes, claims, authenticatedAt })
  }
  const endpoint = tokenEndpointOf(app)
  if (endpoint === undefined || endpoint.issue !== entry.issue) return null
  return async ({ subject, scopes, claims, authenticatedAt }) =>
    endpoint.issue({
      subject,
      clientId: 'latchkey-testing',
      ...(scopes && { scopes }),
      ...(claims && { claims }),
      ...(typeof authenticatedAt === 'number' && { authenticatedAt })
    })
}

/**
 * Returns a new token for a principal.
 *
 * @throws RegistrationError when no trusted issuer can sign one
 */
export async function tokenFor(app: FastifyInstance, principal: TestPrincipal): Promise<string> {
  for (const entry of trustedEntries(app)) {
    const sign = tokenSigner(app, entry)
    if (sign && (principal.issuer ?? entry.issuer) === entry.issuer) return sign(principal)
  }
  throw new RegistrationError(
    'as()',
    'this context trusts no issuer that can sign here. Fix: put testIssuer() or app.tokenEndpoint among the issuers of @latchkey/bearer, and let option issuer be its name'
  )
}
