import { randomBytes, timingSafeEqual } from 'node:crypto'
import { sha256 } from '@latchkey/guard/plugin'
import { isWeakSecret } from '@latchkey/secrets'

const HASH = /^sha256:([A-Za-z0-9_-]{43})$/

/** A client secret and its hash. */
export interface ClientSecret {
  /** The secret, to give to the client once: 256 random bits in letters, digits, `-` and `_`. */
  readonly clientSecret: string
  /** The hash, for `clientSecretHash` of the {@link Client}. */
  readonly clientSecretHash: string
}

/**
 * Makes a client secret. Its characters are the same in every encoding, so that no client can encode it wrongly.
 *
 * @example
 * ```ts
 * const { clientSecret, clientSecretHash } = generateClientSecret()
 * ```
 */
export function generateClientSecret(): ClientSecret {
  const clientSecret = randomBytes(32).toString('base64url')
  return { clientSecret, clientSecretHash: hash(clientSecret) }
}

/**
 * Hashes a client secret that was made elsewhere. Uses a plain SHA-256, which is enough for a random secret, and no protection
 * for a secret that a person chose. Not for the passwords of people.
 *
 * @throws TypeError when the secret is shorter than 32 bytes, repetitive, a key in PEM or JWK, or looks like a placeholder.
 * This check accepts every random secret. It also accepts some secrets that people made up; those are still weak.
 */
export function hashClientSecret(clientSecret: string): string {
  if (isWeakSecret(clientSecret)) {
    throw new TypeError('A client secret must be 32 random bytes or more: use generateClientSecret()')
  }
  return hash(clientSecret)
}

/** Whether a value is a result of {@link hashClientSecret}, and not a plain secret. */
export function isClientSecretHash(value: unknown): value is string {
  return typeof value === 'string' && HASH.test(value)
}

/** Whether a secret matches a hash. Without a hash the result is false. Takes the same time in every case. */
export function verifyClientSecret(clientSecret: string, clientSecretHash: string | undefined): boolean {
  const expected = Buffer.from(clientSecretHash ?? NO_HASH)
  return timingSafeEqual(Buffer.from(hash(clientSecret)), expected) && clientSecretHash !== undefined
}

function hash(clientSecret: string): string {
  return `sha256:${sha256(clientSecret)}`
}

const NO_HASH = hash(randomBytes(32).toString('base64url'))
