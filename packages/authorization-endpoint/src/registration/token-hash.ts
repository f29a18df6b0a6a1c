import { timingSafeEqual } from 'node:crypto'
import { sha256 } from '@latchkey/guard/plugin'

/** Whether a `sha256` is that of a token. Takes the same time for every token. */
export function isTokenOf(hash: string, token: string): boolean {
  return timingSafeEqual(Buffer.from(hash, 'base64url'), Buffer.from(sha256(token), 'base64url'))
}
