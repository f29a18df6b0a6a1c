import { freshLoginParameters } from './fresh-login.ts'
import { codeChallenge, codeVerifier, randomText } from './pkce.ts'
import type { RelyingParty } from '../provider-client/relying-party.ts'
import type { Transaction } from './transaction.ts'

/** The `prompt` values that a login can ask the provider for. */
export type Prompt = 'login' | 'select_account' | 'consent'

/** The purpose of a login. */
export interface Intent {
  readonly returnTo: string
  readonly link: string | null
  readonly prompt: Prompt | null
  /** The account that a client of this server expects the user to log in with; `null` for none. */
  readonly loginHint: string | null
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
  { returnTo, link, prompt, loginHint }: Intent,
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
    // A parameter of OpenID Connect. Other providers do not know it.
    ...(loginHint !== null && provider.issuer !== undefined && { login_hint: loginHint }),
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
