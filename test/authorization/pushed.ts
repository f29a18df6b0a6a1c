import { type Seen, type Visitor, visitor } from '../visitor.ts'
import { authorizationUrl } from './client.ts'
import type { Settings } from './server.ts'

/** The settings of a server that takes pushed requests. */
export const pushedSettings: Settings = { endpoint: { pushedRequestPath: '/par' } }

/** Pushes the usual request of the client `app`. Returns the status and the `request_uri`. */
export async function push(origin: string): Promise<{ readonly status: number; readonly requestUri: string }> {
  const { searchParams } = new URL(authorizationUrl(origin))
  const answer = await fetch(`${origin}/par`, { method: 'POST', body: searchParams })
  const { request_uri: requestUri } = (await answer.json()) as { readonly request_uri: string } // by RFC 9126 §2.2
  return { status: answer.status, requestUri }
}

/** Opens a pushed request. */
export async function openPushed(origin: string, requestUri: string, browser: Visitor = visitor()): Promise<Seen> {
  const query = new URLSearchParams({ client_id: 'app', request_uri: requestUri })
  return browser.get(`${origin}/authorize?${query.toString()}`)
}
