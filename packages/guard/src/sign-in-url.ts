import type { FastifyRequest } from 'fastify'
import type { Authenticator, WantedLogin } from './authenticator.ts'
import { AuthenticationRequiredError, InsufficientUserAuthenticationError } from './errors.ts'

const LOGIN: WantedLogin = Object.freeze({ fresh: false })
const FRESH_LOGIN: WantedLogin = Object.freeze({ fresh: true })

/** Where to send a request instead of refusing it: a browser that opens a page can be shown how to sign in, or do so again. */
export function signInUrl(
  request: FastifyRequest,
  refusal: Error,
  authenticators: readonly Authenticator[]
): string | null {
  const wanted = wantedLogin(refusal)
  if (wanted === null || !isNavigation(request)) return null
  for (const authenticator of authenticators) {
    const url = authenticator.signInUrl?.(request, wanted) ?? null
    if (url !== null) return url
  }
  return null
}

function wantedLogin(refusal: Error): WantedLogin | null {
  if (refusal instanceof AuthenticationRequiredError) return LOGIN
  return refusal instanceof InsufficientUserAuthenticationError ? FRESH_LOGIN : null
}

/** Browsers say so themselves; older ones at least ask for HTML before anything else. */
function isNavigation({ method, headers }: FastifyRequest): boolean {
  if (method !== 'GET') return false
  const mode = headers['sec-fetch-mode']
  return mode === undefined ? /^text\/html\b/i.test(headers.accept ?? '') : mode === 'navigate'
}
