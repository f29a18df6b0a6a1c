import { createHash } from 'node:crypto'

/** A name for a session by which logs and events can be held together: the hash of its identifier. */
export function correlationId(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}
