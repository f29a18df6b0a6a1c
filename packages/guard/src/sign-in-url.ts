import type { FastifyRequest } from 'fastify'
import type { Authenticator, WantedLogin } from './authenticator.ts'
import { AuthenticationRequiredError, InsufficientUserAuthenticationError } from './errors.ts'

const LOGIN: WantedLogin = Object.freeze({ fresh: false })
const FRESH_LOGIN: WantedLogin = Object.freeze({ fresh: true })

/**
 * Returns the URL to redirect a browser to instead of a refusal, so that the user can sign in, or sign in again. `null` for
 * none.
 */
export function signInUrl(
  request: FastifyRequest,
  refusal: Error,
  authenticators: readonly Authenticator[]
): string | null {
  const wanted = wantedLogin(refusal)
  if (wanted === null || !isNavigation(request)) return null
  for (const authenticator of authenticators) {
    const url = urlOf(authenticator, request, wanted)
    if (url !== null) return url
  }
  return null
}

/** The refusal is decided already, and an error here must not replace its challenge. */
function urlOf(authenticator: Authenticator, request: FastifyRequest, wanted: WantedLogin): string | null {
  try {
    return authenticator.signInUrl?.(request, wanted) ?? null
  } catch (error) {
    request.log.error({ err: error }, `signInUrl() of the authenticator "${authenticator.scheme}" failed`)
    return null
  }
}

function wantedLogin(refusal: Error): WantedLogin | null {
  if (refusal instanceof AuthenticationRequiredError) return LOGIN
  return refusal instanceof InsufficientUserAuthenticationError ? FRESH_LOGIN : null
}

/** Whether the request is a navigation. Browsers send `Sec-Fetch-Mode`; older ones accept HTML before other types. */
function isNavigation({ method, headers }: FastifyRequest): boolean {
  if (method !== 'GET') return false
  const mode = headers['sec-fetch-mode']
  return mode === undefined ? /^text\/html\b/i.test(headers.accept ?? '') : mode === 'navigate'
}
