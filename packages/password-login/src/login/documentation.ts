import { errorWith, LOGGED_IN } from '../documented-answers.ts'
import type { ResolvedOptions } from '../options.ts'

const RETRY_AFTER = { 'Retry-After': { type: 'integer', description: 'When to try again, in seconds' } }

/** The OpenAPI operation of the login. It validates nothing. */
export function documentation({ loginName, rememberMe }: Pick<ResolvedOptions, 'loginName' | 'rememberMe'>): object {
  return {
    tags: ['Login'],
    summary: 'Log in with a password',
    description:
      'Starts a session: the answer sets its cookie. A form is answered with a redirect, and JSON with JSON. ' +
      'A page of another origin cannot log in.',
    consumes: ['application/json', 'application/x-www-form-urlencoded'],
    body: {
      type: 'object',
      required: ['username', 'password'],
      properties: {
        username: { type: 'string', description: loginName === 'email' ? 'The e-mail address' : 'The user name' },
        password: { type: 'string', format: 'password' },
        ...(rememberMe !== null && {
          remember: { type: 'boolean', description: 'Whether the user stays logged in when the browser is closed' }
        }),
        returnTo: { type: 'string', description: 'The path of this server to go to afterwards' }
      }
    },
    response: {
      ...LOGGED_IN,
      303: { description: 'Logged in, for a form: a redirect to `returnTo`', type: 'null' },
      400: errorWith('A member is missing, repeated or of the wrong type'),
      401: errorWith(
        'The name or the password is wrong. There is no challenge, so that browsers show no dialog of their own'
      ),
      403: errorWith('A page of another origin made the request'),
      429: errorWith('Too many attempts have failed', RETRY_AFTER),
      503: errorWith('The password cannot be checked now', RETRY_AFTER)
    }
  }
}
