import type { FastifyRequest } from 'fastify'

/**
 * Returns every value of a request header, as it was sent. Of a repeated `Authorization`, `request.headers` has only the first
 * value, and of other repeated headers the joined values. For authors of authenticators.
 *
 * @param wanted - the name in lower case
 *
 * @example if (headerValues(request, 'authorization').length > 1) throw new InvalidRequestError('Several credentials')
 */
export function headerValues({ raw: { rawHeaders } }: FastifyRequest, wanted: string): readonly string[] {
  const values: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name, value] = [rawHeaders[at] as string, rawHeaders[at + 1] as string] // both are within bounds
    if (name.length === wanted.length && name.toLowerCase() === wanted) values.push(value)
  }
  return values
}
