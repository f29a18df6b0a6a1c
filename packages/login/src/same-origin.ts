import type { FastifyRequest } from 'fastify'
import { LoginError } from './errors.ts'

/**
 * Lets a request pass that a page of this server made: what changes something must not be started from elsewhere.
 *
 * @throws LoginError when it came from elsewhere, and when that cannot be told
 * @see [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)
 */
export function requireSameOrigin({ headers }: FastifyRequest, origin: string): void {
  const site = headers['sec-fetch-site']
  const isOurs = site === undefined ? headers.origin === origin : site === 'same-origin'
  if (!isOurs) throw new LoginError('cross_site_request')
}
