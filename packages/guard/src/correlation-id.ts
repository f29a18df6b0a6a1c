import { sha256 } from './sha256.ts'

/**
 * Returns the name that log lines and events use in place of a private identifier, such as the `id` of a session, the `sid` of
 * a provider's session or the `jti` of an access token: its SHA-256, 43 characters of base64url. An application compares it
 * with the correlation ids of the identifiers that it has. Does not hide an identifier that can be guessed.
 *
 * @example
 * ```ts
 * subscribe('latchkey:session', (message) => {
 *   const event = message as SessionEvent
 *   if (event.kind === 'ended' && event.session === correlationId(id)) socket.close()
 * })
 * ```
 */
export function correlationId(id: string): string {
  return sha256(id)
}
