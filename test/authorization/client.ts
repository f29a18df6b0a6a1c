import { createHash } from 'node:crypto'
import type { Seen, Visitor } from '../visitor.ts'
import { WEB_CALLBACK, WEB_SECRET } from './server.ts'

/** The verifier of each authorization request. */
export const codeVerifier = 'a-verifier-of-the-tests-with-43-characters.-'

/** An answer of the token endpoint. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<'access_token' | 'refresh_token' | 'scope' | 'error', string | undefined>>
}

/** The URL of an authorization request to a server. `undefined` leaves a parameter out. */
export function authorizationUrl(origin: string, changes: Readonly<Record<string, string | undefined>> = {}): string {
  const usual = {
    response_type: 'code',
    client_id: 'app',
    redirect_uri: callbackOf(changes['client_id'], origin),
    state: 'xyz',
    scope: 'items:read',
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256'
  }
  return `${origin}/authorize?${new URLSearchParams(present({ ...usual, ...changes })).toString()}`
}

/** The address of a website that registers itself. No server is there. */
export const READER_CALLBACK = 'https://reader.example.com/callback'

/** Registers a website, and returns the URL of a faulty request of it. */
export async function faultyUrl(origin: string, changes: Readonly<Record<string, string>> = {}): Promise<string> {
  const answer = await fetch(`${origin}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [READER_CALLBACK] })
  })
  const { client_id } = (await answer.json()) as { readonly client_id: string } // by RFC 7591 §3.2.1
  return authorizationUrl(origin, { client_id, redirect_uri: READER_CALLBACK, scope: 'unknown', ...changes })
}

/** Logs a user in, on the page where an anonymous browser ends. Returns the page after it: that of the consent. */
export async function logIn(browser: Visitor, page: Seen, user = 'ann'): Promise<Seen> {
  const { origin, pathname, searchParams } = new URL(page.url)
  if (pathname !== '/login') throw new Error(`no login but ${page.status} at ${pathname}`)
  return browser.post(`${origin}/login`, { user, returnTo: searchParams.get('returnTo') ?? '/' })
}

/** Presses a button of the consent page. Returns the page after it: that of the client. */
export async function decide(browser: Visitor, page: Seen, decision: 'allow' | 'deny' = 'allow'): Promise<Seen> {
  const { origin, pathname, searchParams } = new URL(page.url)
  if (pathname !== '/authorize/continue') throw new Error(`no consent page but ${page.status} at ${pathname}`)
  return browser.post(`${origin}/authorize/continue`, { id: searchParams.get('id') ?? '', decision })
}

/** The answer that a client got in the query of its page. */
export function answerIn({ url }: Pick<Seen, 'url'>): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(new URL(url).searchParams)
}

/** Goes the whole way of an authorization: login, consent, and back to the client. Returns the code. */
export async function codeFor(browser: Visitor, origin: string, client = 'app'): Promise<string> {
  let page = await browser.get(authorizationUrl(origin, { client_id: client }))
  if (new URL(page.url).pathname === '/login') page = await logIn(browser, page)
  if (new URL(page.url).pathname === '/authorize/continue') page = await decide(browser, page)
  return answerIn(page)['code'] ?? ''
}

/** Exchanges a code that was issued for the callback of `issuedAt`. */
export async function exchange(
  origin: string,
  code: string,
  { issuedAt = origin, client = 'app' }: { readonly issuedAt?: string; readonly client?: string } = {}
): Promise<Answer> {
  return ask(origin, client, {
    grant_type: 'authorization_code',
    redirect_uri: callbackOf(client, issuedAt),
    code_verifier: codeVerifier,
    code
  })
}

export async function refresh(origin: string, token: string | undefined, client = 'app'): Promise<Answer> {
  return ask(origin, client, { grant_type: 'refresh_token', refresh_token: token ?? '' })
}

/** The status that an access token gets. */
export async function statusOfItems(origin: string, token: string | undefined): Promise<number> {
  return (await fetch(`${origin}/items`, { headers: { authorization: `Bearer ${token}` } })).status
}

async function ask(origin: string, client: string, form: Record<string, string>): Promise<Answer> {
  const body = new URLSearchParams({
    ...form,
    client_id: client,
    ...(client === 'web' && { client_secret: WEB_SECRET })
  })
  const answer = await fetch(`${origin}/token`, { method: 'POST', body })
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer['body'] }
}

/** The client `app` is a page of the server itself, and `web` is a website. */
function callbackOf(client: string | undefined, origin: string): string {
  return client === 'web' ? WEB_CALLBACK : `${origin}/callback`
}

function present(members: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const all = Object.entries(members)
  return Object.fromEntries(all.filter((member): member is [string, string] => member[1] !== undefined))
}
