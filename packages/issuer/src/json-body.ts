import type { Response } from 'undici'
import { UpstreamError } from './errors.ts'

/**
 * The JSON of an answer. Stops reading as soon as there is too much of it, counted after decompression.
 *
 * @param description - what was asked, for the log
 * @throws UpstreamError when there is too much, or when it is no JSON in UTF-8 or does not say that it is
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
    // The parser's message quotes what it could not parse.
    throw new UpstreamError('LATCHKEY_UPSTREAM_NOT_JSON', { ...refused, cause: `${description}: syntax` })
  }
}

/**
 * The text of an answer, as {@link readJson} reads it, whatever its content type is.
 *
 * @throws UpstreamError when there is too much, or when it is not in UTF-8
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
    const bytes = chunk as Uint8Array // the only thing that the body of an answer consists of
    size += bytes.length
    if (size > maxBytes) return null
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}
