import type { PasswordAttempts } from '@latchkey/passwords'
import { type Grant, TokenError } from '@latchkey/token-endpoint'

/**
 * The resource owner password credentials grant. A request without a username or a password is `invalid_request`. After too
 * many failures the answer is 429. Every other fault of the credentials is the same `invalid_grant`.
 *
 * @see [RFC 6749 §4.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.3)
 */
export function passwordGrant(attempts: PasswordAttempts): Grant {
  return {
    grantType: 'password',
    async handle({ client: { clientId }, parameters, request }) {
      const username = required(parameters, 'username')
      const password = required(parameters, 'password')
      const user = await attempts.attempt({ username, password }, { request, clientId })
      if (!user) throw new TokenError('invalid_grant', 'The username or the password is wrong')
      return { subject: user.subject, authenticatedAt: user.authenticatedAt, scopes: listOf(user.scopes) }
    }
  }
}

function required(parameters: ReadonlyMap<string, string>, name: 'username' | 'password'): string {
  const value = parameters.get(name)
  if (value === undefined) throw new TokenError('invalid_request', `The parameter ${name} is missing`)
  return value
}

// A string is an Iterable<string> too: of its characters.
function listOf(scopes: Iterable<string> | undefined): Iterable<string> {
  if (scopes === undefined)
    throw new TypeError('verifyPassword: scopes is missing. Fix: return all scopes of the user, or an empty list')
  if (typeof scopes === 'string')
    throw new TypeError('verifyPassword: scopes must be a list of scope tokens, not a text')
  return scopes
}
