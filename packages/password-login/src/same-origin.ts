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
  if (site !== undefined) {
    admit(site === 'same-origin' || site === 'none')
    return
  }
  if (source !== undefined) {
    admit(source === origin)
    return
  }
  admit(
    (await sessions.presented(request)) === null,
    'the request has a session cookie, and neither Sec-Fetch-Site nor Origin'
  )
}

function admit(isOurs: boolean, cause?: string): void {
  if (!isOurs) throw new PasswordLoginError('cross_site_request', { cause })
}
