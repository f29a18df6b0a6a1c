import type { FastifyRequest } from 'fastify'
import { type ErrorClass, errorClass } from '../error-class.ts'

const TooLarge: ErrorClass<[]> = errorClass('LATCHKEY_BODY_TOO_LARGE', 'The body is too large', 413, { stack: false })
const Incomplete: ErrorClass<[]> = errorClass('LATCHKEY_BODY_INCOMPLETE', 'The body did not arrive whole', 400, {
  stack: false
})

/**
 * The body of a request as it came, for an `onRequest` hook. It is put back: `preParsing` hooks and content type parsers
 * find it where it was, and what they make of it does not matter to who has the bytes already. For authors of plugins.
 *
 * @param most - in bytes
 * @throws an error with `statusCode` 413 for a body that is larger, with 400 for one that breaks off
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
        const bytes = Buffer.from(chunk as Buffer) // or text, where somebody has set an encoding
        chunks.push(bytes)
        length += bytes.length
        if (length > most) return end(() => reject(new TooLarge()))
      }
      // Nothing can be put back once "end" is emitted, which is a tick after the last chunk. HTTP/2 calls a request that
      // broke off complete as well.
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
