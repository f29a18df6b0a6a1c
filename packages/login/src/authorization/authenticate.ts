import { type AuthorizationResponse, codeOf } from './response.ts'
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

/** The verified result of a login at a provider. */
export interface AuthenticationResult {
  readonly identity: ProviderIdentity
  readonly tokens: ProviderTokens
  readonly claims: Claims
  readonly userinfo: Claims
  /** The subject in the answer of the userinfo endpoint. */
  readonly userinfoSubject: string
}

const NOTHING: Claims = Object.freeze({})

/**
 * Exchanges an authorization response for an identity: reads the code, fetches the tokens, verifies the ID token, fetches the
 * userinfo.
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
    if (idToken === null) throw new LoginError('provider_error', { cause: 'the token answer has no ID token' })
    claims = await verifyIdToken(idToken, party, { nonce, accessToken }, verification)
  }
  const userinfo = await userinfoOf(party, accessToken, verification)
  if (
    userinfo !== NOTHING &&
    provider.issuer !== undefined &&
    identifierIn(userinfo['sub']) !== identifierIn(claims['sub'])
  ) {
    throw new LoginError('provider_error', { cause: 'the userinfo endpoint returned another subject' })
  }
  const sources: ProviderSources = { claims, userinfo, user: userOf(response) }
  const identity = identityIn(sources, provider)
  const userinfoSubject = identifierIn(claims['sub']) ?? identity.subject
  return { identity, tokens, claims, userinfo, userinfoSubject }
}

// The code is spent even if the provider was down, so retrying this request is useless: 502, not 503.
function spent(thrown: unknown): never {
  if (!(thrown instanceof LoginError) || thrown.error !== 'provider_unavailable') throw thrown
  throw new LoginError('provider_error', { cause: thrown.cause })
}

async function userinfoOf(party: RelyingParty, accessToken: string, verification: Verification): Promise<Claims> {
  const { provider } = party
  const { userinfo } = await party.metadata()
  if (userinfo === undefined || provider.userinfo === false) return NOTHING
  const said = await fetchUserinfo(userinfo, accessToken, party, verification)
  if (said === null) throw new LoginError('provider_error', { cause: 'the userinfo endpoint refused the new token' })
  return said
}

function identityIn(sources: ProviderSources, { accepts, toIdentity }: Provider): ProviderIdentity {
  const isAccepted: unknown = accepts === undefined || accepts(sources)
  // Any other value, such as a promise, refuses the login.
  if (isAccepted !== true) throw new LoginRefusedError('accepts() of the provider did not return true')
  return identityFrom(toIdentity(sources))
}

function userOf(response: AuthorizationResponse): Claims {
  try {
    const user: unknown = JSON.parse(response.get('user') ?? '{}')
    return typeof user === 'object' && user !== null ? (user as Claims) : NOTHING // a JSON object
  } catch {
    return NOTHING
  }
}
