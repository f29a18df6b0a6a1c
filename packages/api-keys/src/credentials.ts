import { headerValues } from '@latchkey/guard/plugin'
import type { FastifyRequest } from 'fastify'

/** Reads the key of a request: its text, valid or not, or `null` if there is none. Never reads the URL. */
export type ReadKey = (request: FastifyRequest) => string | null

/** No key has this text, so it is refused. */
const SEVERAL = ''

/** Reads keys in a header of their own. Node joins repeated headers with a comma, which no key has. */
export function keyInHeader(header: string): ReadKey {
  const name = header.toLowerCase()
  return ({ headers }) => headers[name]?.toString() ?? null
}

/**
 * Reads keys in `Authorization: Bearer`. A token belongs to this reader if it begins with the prefix, in either case. All other
 * tokens and schemes are left to other authenticators.
 *
 * @see [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)
 */
export function keyInBearer(prefix: string): ReadKey {
  const claim = new RegExp(`^bearer[ \\t]+(${prefix}_.*)$`, 'is')
  return (request) => {
    const { authorization } = request.headers
    if (authorization === undefined) return null
    const sent = headerValues(request, 'authorization')
    if (sent.length > 1) return sent.some((value) => claim.test(value)) ? SEVERAL : null
    return claim.exec(authorization)?.[1] ?? null
  }
}
