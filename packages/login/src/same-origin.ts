import type { FastifyRequest } from 'fastify'
import { LoginError } from './errors.ts'

/**
 * Checks that a page of this server made the request. Another site must not be able to start a change.
 *
 * @throws LoginError when the request came from another site, or when that cannot be determined
 * @see [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)
 */
export function requireSameOrigin({ headers }: FastifyRequest, origin: string): void {
  const site = headers['sec-fetch-site']
  const isOurs = site === undefined ? headers.origin === origin : site === 'same-origin'
  if (!isOurs) throw new LoginError('cross_site_request')
}
