import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Test } from 'tap'

/** Secrets that were seen, none of which may stand anywhere else. */
export interface Canaries {
  /** Adds a secret. Ignores a text that is too short to be one. */
  add(...secrets: (string | null | undefined)[]): void
  /** Adds the secrets of a form, a query or JSON. */
  addFrom(text: string): void
  readonly all: ReadonlySet<string>
  /** The names that they went by in forms, queries and JSON. */
  readonly names: ReadonlySet<string>
  /** The secrets that a text holds: as they are, in base64 at any place, percent-encoded, or as bytes. */
  foundIn(text: string): string[]
}

const SECRET: ReadonlySet<string> = new Set([
  'access_token',
  'client_secret',
  'code',
  'code_verifier',
  'id_token',
  'id_token_hint',
  'logout_token',
  'nonce',
  'password',
  'refresh_token',
  'state',
  'token'
])
const SHORTEST = 8

export function canaries(): Canaries {
  const all = new Set<string>()
  const names = new Set<string>()
  const add: Canaries['add'] = (...secrets) => {
    for (const secret of secrets) if (secret && secret.length >= SHORTEST) all.add(secret)
  }
  return {
    add,
    all,
    names,
    addFrom(text) {
      const query = text.startsWith('http') ? new URL(text).searchParams : new URLSearchParams(text)
      for (const [name, value] of query) take(name, value)
      for (const [, name = '', value] of text.matchAll(/"(\w+)":"([^"]*)"/g)) take(name, value)
    },
    foundIn(text) {
      const bytes = [...text.matchAll(/\[(\d{1,3}(?:,\d{1,3}){7,})\]/g)].map(([, list = '']) =>
        Buffer.from(list.split(',').map(Number)).toString()
      )
      const haystack = [text, ...bytes].join('\n')
      return [...all].filter((secret) => formsOf(secret).some((form) => haystack.includes(form)))
    }
  }

  function take(name: string, value: string | undefined): void {
    if (!SECRET.has(name)) return
    names.add(name)
    add(value)
  }
}

function formsOf(secret: string): string[] {
  const base64 = [0, 1, 2].map((offset) => base64At(secret, offset))
  const quoted = JSON.stringify(secret).slice(1, -1)
  const hex = Buffer.from(secret).toString('hex')
  const plus = new URLSearchParams({ '': secret }).toString().slice(1)
  return [secret, quoted, encodeURIComponent(secret), plus, hex, ...base64, ...base64.map(toUrl)]
}

// The base64 of the secret inside a longer text, where it starts at this offset in a group of three bytes.
function base64At(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
  return bytes.toString('base64').slice(Math.ceil((offset * 4) / 3), Math.floor((bytes.length * 4) / 3))
}

function toUrl(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_')
}

/** Takes in the secrets that go to and from the HTTP servers of this process while a test runs. */
export function listenIn(t: Test, found: Canaries): void {
  const listener = (message: unknown): void => {
    // Node documents these two of the message.
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
    found.addFrom(`http://localhost${request.url}`)
    found.add(request.headers.authorization?.replace(/^\w+ /, ''))
    const push = request.push.bind(request)
    request.push = (chunk: Buffer | null) => {
      if (chunk !== null) found.addFrom(chunk.toString())
      return push(chunk)
    }
    const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse // it has several forms
    response.end = (...given: unknown[]) => {
      if (typeof given[0] === 'string' || Buffer.isBuffer(given[0])) found.addFrom(given[0].toString())
      const location = response.getHeader('location')
      if (typeof location === 'string' && /^https?:/i.test(location)) found.addFrom(location)
      return end(...given)
    }
  }
  subscribe('http.server.request.start', listener)
  t.teardown(() => unsubscribe('http.server.request.start', listener))
}
