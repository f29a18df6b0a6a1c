import { createHash, randomBytes } from 'node:crypto'
import type { Seen, Visitor } from '../visitor.ts'

/** A public client of an authorization server, and what it asks for. */
export interface CodeLogin {
  readonly origin: string
  readonly clientId: string
  readonly redirectUri: string
  readonly scope: string
}

/** The authorization code flow with PKCE, in steps. */
export interface CodeLoginSteps {
  /** Where the browser goes. */
  readonly url: string
  /** Presses the button Allow of the consent page, and returns the URL with the answer for the client. */
  allow(user: Visitor, consentPage: Seen): Promise<URL>
  /** Exchanges the code of an answer, as a script of a page of another origin does. */
  exchange(answer: URL): Promise<Response>
}

/** Begins a login of a public client. */
export function codeLogin({ origin, clientId, redirectUri, scope }: CodeLogin): CodeLoginSteps {
  const codeVerifier = randomBytes(32).toString('base64url')
  const request = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state: 'xyz',
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256'
  })
  return {
    url: `${origin}/authorize?${String(request)}`,
    async allow(user, { url }) {
      const id = new URL(url).searchParams.get('id') ?? ''
      return new URL((await user.post(`${origin}/authorize/continue`, { id, decision: 'allow' })).url)
    },
    exchange: async ({ searchParams }) =>
      fetch(`${origin}/token`, {
        method: 'POST',
        headers: { origin: new URL(redirectUri).origin },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          client_id: clientId,
          redirect_uri: redirectUri,
          code: searchParams.get('code') ?? '',
          code_verifier: codeVerifier
        })
      })
  }
}
