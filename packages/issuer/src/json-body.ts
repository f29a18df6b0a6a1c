import type { Response } from 'undici'
import { UpstreamError } from './errors.ts'

/**
 * Reads the JSON of an answer. Stops reading when the body exceeds the limit, counted after decompression.
 *
 * @param description - the request, for the log
 * @throws UpstreamError when the body is too long, is not JSON in UTF-8, or has another content type
 * @see [RFC 8259 §8.1](https://www.rfc-editor.org/rfc/rfc8259#section-8.1)
 */
export async function readJson(response: Response, maxBytes: number, description: string): Promise<unknown> {
  const refused = { status: response.status }
  if (!isJson(response.headers.get('content-type'))) {
    throw new UpstreamError('LATCHKEY_UPSTREAM_NOT_JSON', { ...refused, cause: `${description}: content type` })
  }
  const text = await readText(response, maxBytes, description)
  try {
    return JSON.parse(text)
  } catch {
    // The message of the parser quotes the text.
    throw new UpstreamError('LATCHKEY_UPSTREAM_NOT_JSON', { ...refused, cause: `${description}: syntax` })
  }
}

/**
 * Reads the text of an answer with the same limit as {@link readJson}. It may have any content type.
 *
 * @throws UpstreamError when the body is too long or is not UTF-8
 */
export async function readText(response: Response, maxBytes: number, description: string): Promise<string> {
  const refused = { status: response.status }
  const bytes = await readBytes(response, maxBytes)
  if (bytes === null) {
    throw new UpstreamError('LATCHKEY_UPSTREAM_TOO_LARGE', {
      ...refused,
      cause: `${description}: over ${maxBytes} bytes`
    })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UpstreamError('LATCHKEY_UPSTREAM_NOT_JSON', { ...refused, cause: `${description}: no UTF-8` })
  }
}

function isJson(contentType: string | null): boolean {
  return /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType ?? '')
}

async function readBytes(response: Response, maxBytes: number): Promise<Buffer | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array // the body of an answer consists of byte chunks
    size += bytes.length
    if (size > maxBytes) return null
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}
