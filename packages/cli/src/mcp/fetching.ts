import { isProtectedUrl, parseUrl } from '@latchkey/options'
import { CommandError } from '../command-error.ts'

/** A page of another origin, as a client in a browser would be. */
export const BROWSER_ORIGIN = 'https://client.example.com'

const TIMEOUT = 10_000

/** A document that a client fetches, or the reason why it cannot. */
export type Fetched =
  | { readonly document: Readonly<Record<string, unknown>>; readonly headers: Headers }
  | { readonly fault: string }

/** Fetches a JSON object as a client in a browser does. */
export async function fetchDocument(url: string): Promise<Fetched> {
  const parsed = parseUrl(url)
  if (parsed === null || !isProtectedUrl(parsed)) return { fault: 'its URL is neither https nor http on loopback' }
  const response = await send(url, { headers: { accept: 'application/json', origin: BROWSER_ORIGIN } })
  if (response.status !== 200) return { fault: `the status is ${response.status} instead of 200` }
  const body: unknown = await response.json().catch(() => null)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { fault: 'it is no JSON object' }
  return { document: body as Record<string, unknown>, headers: response.headers } // the check above
}

/**
 * Sends a request.
 *
 * @throws CommandError when there is no answer
 */
export async function send(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT) }).catch((cause: unknown) => {
    throw new CommandError(`${url}: the server does not answer`, { cause })
  })
}

/** Whether a page of another origin may read an answer with these headers. */
export function isOpen(headers: Headers): boolean {
  return ['*', BROWSER_ORIGIN].includes(headers.get('access-control-allow-origin') ?? '')
}

/** Whether a page of another origin may send a POST with these headers. */
export async function allowsPost(url: string, headers: string): Promise<boolean> {
  const answer = await send(url, {
    method: 'OPTIONS',
    headers: {
      origin: BROWSER_ORIGIN,
      'access-control-request-method': 'POST',
      'access-control-request-headers': headers
    }
  })
  return answer.ok && isOpen(answer.headers)
}

/** The texts in a member of a document that is a list. */
export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}
