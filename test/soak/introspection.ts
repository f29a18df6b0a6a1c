// The issuer of opaque tokens.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { AUDIENCE } from './application.ts'
import { json } from './issuer.ts'

export interface Introspection {
  readonly issuer: string
  readonly endpoint: string
  /** Answers each request instead of the usual way, until it is called without a listener. */
  behave(listener?: RequestListener): void
  /** A new token that is active. */
  token(): string
  revoke(token: string): void
  close(): void
}

export async function startIntrospection(): Promise<Introspection> {
  const revoked = new Set<string>()
  let listener: RequestListener | undefined
  const server = createServer((request, response) => {
    if (listener) listener(request, response)
    else
      void text(request).then((form) => json(answerTo(new URLSearchParams(form).get('token') ?? ''))(request, response))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on TCP
  return {
    issuer,
    endpoint: `${issuer}/introspect`,
    behave: (next) => {
      listener = next
    },
    token: () => `active-${randomBytes(24).toString('base64url')}`,
    revoke: (token) => void revoked.add(token),
    close() {
      server.close()
      server.closeAllConnections()
    }
  }

  function answerTo(token: string): object {
    if (!token.startsWith('active-') || revoked.has(token)) return { active: false }
    const now = Math.floor(Date.now() / 1000)
    return { active: true, sub: 'ada', aud: AUDIENCE, scope: 'items:read', token_type: 'Bearer', exp: now + 3_600 }
  }
}
