import { createHash } from 'node:crypto'

/** A name for a token, or for all tokens of a sign-in, by which logs and events can be held together: the identifier's hash. */
export function correlationId(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}
