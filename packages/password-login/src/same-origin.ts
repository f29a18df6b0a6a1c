import type { FastifyRequest } from 'fastify'
import { PasswordLoginError } from './errors.ts'
import type { Sessions } from './session.ts'

/**
 * Checks that no page of another site made the request: it would sign the browser in to an account of its choice. Browsers send
 * `Sec-Fetch-Site` or `Origin` with every POST. A program sends neither, and may log in unless it has a session cookie.
 *
 * @throws PasswordLoginError `cross_site_request`
 * @see [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)
 */
export async function requireSameOrigin(request: FastifyRequest, origin: string, sessions: Sessions): Promise<void> {
  const { origin: source, 'sec-fetch-site': site } = request.headers
  const isProgram = site === undefined && source === undefined
  const isOurs = site === undefined ? source === origin : site === 'same-origin' || site === 'none'
  if (isOurs || (isProgram && (await sessions.presented(request)) === null)) return
  const cause = isProgram ? 'the request has a session cookie, and neither Sec-Fetch-Site nor Origin' : undefined
  throw new PasswordLoginError('cross_site_request', { cause })
}
