import { createHash } from 'node:crypto'

/**
 * Returns the SHA-256 of a text: 43 characters of base64url. For authors of plugins. Does not hide a text that can be guessed.
 *
 * @example sha256(refreshToken)
 */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
