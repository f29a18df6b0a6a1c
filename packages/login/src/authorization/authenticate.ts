import type { AuthorizationResponse } from './authorization.ts'
import { codeOf } from './authorization.ts'
import { LoginError, LoginRefusedError } from '../errors.ts'
import { verifyIdToken } from '../provider-client/id-token.ts'
import { type ProviderIdentity, identityFrom } from '../provider-client/identity.ts'
import type { Claims, Provider, ProviderSources } from '../providers/provider.ts'
import { identifierIn } from '../providers/provider-text.ts'
import type { RelyingParty } from '../provider-client/relying-party.ts'
import type { Verification } from '../provider-client/provider-claims.ts'
import { mended } from '../provider-client/token-answer.ts'
import { type ProviderTokens, readTokens } from '../provider-client/token-response.ts'
import type { Transaction } from './transaction.ts'
import { fetchUserinfo } from '../provider-client/userinfo.ts'

/** What the provider has vouched for. */
export interface AuthenticationResult {
  readonly identity: ProviderIdentity
  readonly tokens: ProviderTokens
  readonly claims: Claims
  readonly userinfo: Claims
  /** The subject as the userinfo endpoint gives it. */
  readonly userinfoSubject: string
}

const NOTHING: Claims = Object.freeze({})

/**
 * Turns an authorization response into a person: code, tokens, ID token, userinfo.
 *
 * @throws LoginError at the first step that fails
 * @see [OpenID Connect Core 1.0 §3.1](https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth)
 */
export async function authenticate(
  response: AuthorizationResponse,
  transaction: Transaction,
  party: RelyingParty,
  verification: Verification
): Promise<AuthenticationResult> {
  const { provider } = party
  const code = await codeOf(response, party)
  const { redirectUri, codeVerifier, nonce } = transaction
  const { exchange } = await party.client()
  const answer = await exchange({ code, redirectUri, codeVerifier }).catch(spent)
  const tokens = readTokens(mended(answer, provider), verification.now() / 1000)
  const { idToken, accessToken } = tokens
  let claims = NOTHING
  if (provider.issuer !== undefined) {
    if (idToken === null) throw new LoginError('provider_error', { cause: 'there is no ID token' })
    claims = await verifyIdToken(idToken, party, { nonce, accessToken }, verification)
  }
  const userinfo = await userinfoOf(party, accessToken, verification)
  if (
    userinfo !== NOTHING &&
    provider.issuer !== undefined &&
    identifierIn(userinfo['sub']) !== identifierIn(claims['sub'])
  ) {
    throw new LoginError('provider_error', { cause: 'the userinfo endpoint speaks of somebody else' })
  }
  const sources: ProviderSources = { claims, userinfo, user: userOf(response) }
  const identity = identityIn(sources, provider)
  const userinfoSubject = identifierIn(claims['sub']) ?? identity.subject
  return { identity, tokens, claims, userinfo, userinfoSubject }
}

// The code is gone with the attempt: to come back later with the same one helps nobody, as a 503 would have it.
function spent(thrown: unknown): never {
  if (!(thrown instanceof LoginError) || thrown.error !== 'provider_unavailable') throw thrown
  throw new LoginError('provider_error', { cause: thrown.cause })
}

async function userinfoOf(party: RelyingParty, accessToken: string, verification: Verification): Promise<Claims> {
  const { provider } = party
  const { userinfo } = await party.metadata()
  if (userinfo === undefined || provider.userinfo === false) return NOTHING
  const said = await fetchUserinfo(userinfo, accessToken, party, verification)
  if (said === null)
    throw new LoginError('provider_error', { cause: 'the userinfo endpoint does not take the new token' })
  return said
}

function identityIn(sources: ProviderSources, { accepts, toIdentity }: Provider): ProviderIdentity {
  const isAccepted: unknown = accepts === undefined || accepts(sources)
  // A promise, say, accepts nobody.
  if (isAccepted !== true) throw new LoginRefusedError('the provider does not accept the person')
  return identityFrom(toIdentity(sources))
}

function userOf(response: AuthorizationResponse): Claims {
  try {
    const user: unknown = JSON.parse(response.get('user') ?? '{}')
    return typeof user === 'object' && user !== null ? (user as Claims) : NOTHING // an object of JSON
  } catch {
    return NOTHING
  }
}
