import { createHash, timingSafeEqual } from 'node:crypto'

/** Returns the hash of a random token. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/** Whether a hash is that of a token. Takes the same time for every token. */
export function isTokenOf(hash: string, token: string): boolean {
  return timingSafeEqual(Buffer.from(hash, 'base64url'), Buffer.from(hashOf(token), 'base64url'))
}
