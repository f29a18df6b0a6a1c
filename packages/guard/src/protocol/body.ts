import type { FastifyRequest } from 'fastify'
import { type ErrorClass, refusalClass } from '@latchkey/options'

const TooLarge: ErrorClass<[]> = refusalClass('LATCHKEY_BODY_TOO_LARGE', 'The body is too large', 413)
const Incomplete: ErrorClass<[]> = refusalClass('LATCHKEY_BODY_INCOMPLETE', 'The body is incomplete', 400)

/**
 * Reads the raw body of a request, for an `onRequest` hook. The body is put back: `preParsing` hooks and content type parsers
 * read it as usual. Their changes do not affect the returned bytes. For authors of plugins.
 *
 * @param most - the greatest size in bytes
 * @throws an error with `statusCode` 413 for a larger body, with 400 for one that breaks off
 */
export async function readAhead({ raw, headers }: FastifyRequest, most: number): Promise<Buffer> {
  const declared = headers['content-length']
  if (Number(declared) > most) throw new TooLarge()
  if (Number(declared) === 0 || raw.readableEnded) return Buffer.alloc(0)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    raw.on('readable', take).once('end', whole).once('error', broken).once('close', broken)

    function take(): void {
      for (let chunk: unknown = raw.read(); chunk !== null; chunk = raw.read()) {
        const bytes = Buffer.from(chunk as Buffer) // cast: or text, if an encoding is set
        chunks.push(bytes)
        length += bytes.length
        if (length > most) return end(() => reject(new TooLarge()))
      }
      // The body must be put back before "end" is emitted, a tick after the last chunk. HTTP/2 also marks an aborted request as
      // complete.
      if ((raw.complete && raw.httpVersionMajor === 1) || length === Number(declared)) whole()
    }

    function whole(): void {
      const body = Buffer.concat(chunks)
      if (length > 0 && !raw.readableEnded) raw.unshift(body)
      end(() => resolve(body))
    }

    function broken(): void {
      end(() => reject(new Incomplete()))
    }

    function end(settle: () => void): void {
      raw.off('readable', take).off('end', whole).off('error', broken).off('close', broken)
      settle()
    }
  })
}
