// The issuer of opaque tokens.
import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { AUDIENCE } from './application.ts'
import { type Endpoint, json, startEndpoint } from './endpoint.ts'

export interface Introspection extends Pick<Endpoint, 'behave' | 'close'> {
  readonly issuer: string
  readonly endpoint: string
  /** A new token that is active. */
  token(): string
  revoke(token: string): void
}

export async function startIntrospection(): Promise<Introspection> {
  const revoked = new Set<string>()
  const { origin, behave, close } = await startEndpoint(
    (request, response) =>
      void text(request).then((form) => json(answerTo(new URLSearchParams(form).get('token') ?? ''))(request, response))
  )
  return {
    issuer: origin,
    endpoint: `${origin}/introspect`,
    behave,
    close,
    token: () => `active-${randomBytes(24).toString('base64url')}`,
    revoke: (token) => void revoked.add(token)
  }

  function answerTo(token: string): object {
    if (!token.startsWith('active-') || revoked.has(token)) return { active: false }
    const now = Math.floor(Date.now() / 1000)
    return { active: true, sub: 'ada', aud: AUDIENCE, scope: 'items:read', token_type: 'Bearer', exp: now + 3_600 }
  }
}
