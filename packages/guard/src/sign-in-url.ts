import type { FastifyRequest } from 'fastify'
import type { Authenticator } from './authenticator.ts'

/** Where to send a request instead of refusing it: a browser that opens a page can be shown how to sign in. */
export function signInUrl(request: FastifyRequest, authenticators: readonly Authenticator[]): string | null {
  if (!isNavigation(request)) return null
  for (const authenticator of authenticators) {
    const url = authenticator.signInUrl?.(request) ?? null
    if (url !== null) return url
  }
  return null
}

/** Browsers say so themselves; older ones at least ask for HTML before anything else. */
function isNavigation({ method, headers }: FastifyRequest): boolean {
  if (method !== 'GET') return false
  const mode = headers['sec-fetch-mode']
  return mode === undefined ? /^text\/html\b/i.test(headers.accept ?? '') : mode === 'navigate'
}
