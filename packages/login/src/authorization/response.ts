import { LoginError } from '../errors.ts'
import { printable } from '../provider-client/printable.ts'
import type { RelyingParty } from '../provider-client/relying-party.ts'

/** The parameters of an authorization response, each of them once. */
export type AuthorizationResponse = ReadonlyMap<string, string>

/**
 * Returns the code in an authorization response. `takeTransaction()` has checked its `state`.
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
