import { isProtectedUrl, parseUrl } from '@latchkey/options'
import { CommandError } from '../command-error.ts'

/** A page of another origin, as a client in a browser would be. */
export const BROWSER_ORIGIN = 'https://client.example.com'

const TIMEOUT = 10_000
/** In bytes. */
const LARGEST_DOCUMENT = 1024 * 1024

/** A document that a client fetches, or the reason why it cannot. */
export type Fetched =
  | { readonly document: Readonly<Record<string, unknown>>; readonly headers: Headers }
  | { readonly fault: string }

/** Fetches a JSON object as a client in a browser does. */
export async function fetchDocument(url: string): Promise<Fetched> {
  const parsed = parseUrl(url)
  if (parsed === null || !isProtectedUrl(parsed)) return { fault: 'its URL is neither https nor http on loopback' }
  const headers = { accept: 'application/json', origin: BROWSER_ORIGIN }
  const response = await send(url, { headers }).catch(() => null)
  if (response === null) return { fault: 'the server does not answer' }
  if (response.status !== 200) return { fault: `the status is ${response.status} instead of 200` }
  const body = await jsonOf(response).catch(() => null)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { fault: 'it is no JSON object' }
  return { document: body as Record<string, unknown>, headers: response.headers } // the check above
}

async function jsonOf({ body }: Response): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let size = 0
  // Cast: an answer to GET with the status 200 has a body, of bytes.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > LARGEST_DOCUMENT) return null
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString())
}

/**
 * Sends a request.
 *
 * @throws CommandError when there is no answer
 */
export async function send(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT) }).catch((cause: unknown) => {
    // The href has no control characters, which a terminal would obey.
    throw new CommandError(`${new URL(url).href}: the server does not answer`, { cause })
  })
}

/** Whether a page of another origin may read an answer with these headers. */
export function isOpen(headers: Headers): boolean {
  return ['*', BROWSER_ORIGIN].includes(headers.get('access-control-allow-origin') ?? '')
}

/** Whether a page of another origin may send a POST with these headers. */
export async function allowsPost(url: string, headers: string): Promise<boolean> {
  const asked = send(url, {
    method: 'OPTIONS',
    headers: {
      origin: BROWSER_ORIGIN,
      'access-control-request-method': 'POST',
      'access-control-request-headers': headers
    }
  })
  const answer = await asked.catch(() => null)
  return answer !== null && answer.ok && isOpen(answer.headers)
}

/** The texts in a member of a document that is a list. */
export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}
