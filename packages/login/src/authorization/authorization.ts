import { LoginError } from '../errors.ts'
import { freshLoginParameters } from './fresh-login.ts'
import { codeChallenge, codeVerifier, randomText } from './pkce.ts'
import { printable } from '../provider-client/printable.ts'
import type { RelyingParty } from '../provider-client/relying-party.ts'
import type { Transaction } from './transaction.ts'

/** The `prompt` values that a login can ask the provider for. */
export type Prompt = 'login' | 'select_account' | 'consent'

/** The purpose of a login. */
export interface Intent {
  readonly returnTo: string
  readonly link: string | null
  readonly prompt: Prompt | null
}

/** An authorization request: the URL for the browser, and the transaction to remember until the callback. */
export interface AuthorizationRequest {
  readonly url: string
  readonly transaction: Transaction
}

/**
 * Creates an authorization request.
 *
 * @param seconds - the time since the epoch
 * @throws LoginError when the provider cannot be asked, or when a fresh login is needed and the provider cannot prove one
 * @see [RFC 6749 §4.1.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1), [RFC 7636
 * §4.3](https://www.rfc-editor.org/rfc/rfc7636#section-4.3)
 */
export async function authorizationRequest(
  { provider, redirectUri, client }: RelyingParty,
  { returnTo, link, prompt }: Intent,
  seconds: number
): Promise<AuthorizationRequest> {
  const fresh = prompt === 'login'
  const asked = fresh ? freshLoginParameters(provider) : { ...(prompt !== null && { prompt }), ...provider.parameters }
  const transaction: Transaction = {
    provider: provider.name,
    state: randomText(),
    nonce: randomText(),
    codeVerifier: codeVerifier(),
    redirectUri,
    returnTo,
    link,
    fresh,
    issuedAt: Math.floor(seconds)
  }
  const { authorizationUrl } = await client()
  const url = authorizationUrl({
    ...asked,
    ...(provider.responseMode === 'form_post' && { response_mode: 'form_post' }),
    ...(provider.issuer !== undefined && { nonce: transaction.nonce }),
    redirect_uri: redirectUri,
    scope: provider.scopes.join(' '),
    state: transaction.state,
    code_challenge: codeChallenge(transaction.codeVerifier),
    code_challenge_method: 'S256'
  })
  return { url, transaction }
}

/** The parameters of an authorization response, each of them once. */
export type AuthorizationResponse = ReadonlyMap<string, string>

/**
 * Returns the code in an authorization response.
 *
 * @throws LoginError for a response of another issuer, for an error response, and for a response without code and error
 * @see [RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2), [RFC 9207
 * §2.4](https://www.rfc-editor.org/rfc/rfc9207#section-2.4)
 */
export async function codeOf(response: AuthorizationResponse, party: RelyingParty): Promise<string> {
  const { namesIssuer } = await party.metadata()
  const { issuer, issuerOf } = party.provider
  const said = response.get('iss')
  const isExpected =
    said === undefined ? !namesIssuer : issuer === undefined || issuerOf !== undefined || said === issuer
  if (!isExpected)
    throw new LoginError('invalid_response', { cause: 'the parameter iss is not the issuer of the provider' })
  const error = response.get('error')
  if (error !== undefined) throw refusedBy(error, response.get('error_description'))
  const code = response.get('code')
  if (code === undefined) throw new LoginError('invalid_response', { cause: 'the response has no code' })
  return code
}

// Distinguishes a decision (or a timeout) of the user from a failure of the provider.
function refusedBy(error: string, description: string | undefined): LoginError {
  const cause = `the provider answered ${printable(error)}: ${printable(description)}`
  if (error === 'temporarily_unavailable') return new LoginError('provider_unavailable', { cause })
  return new LoginError(isDenial(error) ? 'access_denied' : 'provider_error', { cause })
}

/** Whether an error of an authorization response means that the user did not log in. */
export function isDenial(error: string | undefined): boolean {
  return /^(?:access_denied|(?:login|consent|interaction|account_selection)_required|user_cancelled\w*)$/.test(
    error ?? ''
  )
}
