import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { isWeakSecret } from '@latchkey/store'

const HASH = /^sha256:([A-Za-z0-9_-]{43})$/

/** A client secret and what to store of it. */
export interface ClientSecret {
  /** For the client, once: 256 random bits in letters, digits, `-` and `_`. */
  readonly clientSecret: string
  /** For the `clientSecretHash` of its {@link Client}. */
  readonly clientSecretHash: string
}

/** A new client secret. Its alphabet is the same in every encoding, so that no client can send it wrongly. */
export function generateClientSecret(): ClientSecret {
  const clientSecret = randomBytes(32).toString('base64url')
  return { clientSecret, clientSecretHash: hash(clientSecret) }
}

/**
 * What to store of a client secret that came from elsewhere. A plain SHA-256: enough for a secret that nobody can
 * guess, and nothing for one that somebody chose. Not for the passwords of people.
 *
 * @throws TypeError when the secret is shorter than 32 bytes, repetitive, a key in PEM or JWK, or looks like a placeholder.
 * A random secret passes; what people think up may pass too, and is no better for it.
 */
export function hashClientSecret(clientSecret: string): string {
  if (isWeakSecret(clientSecret)) {
    throw new TypeError('A client secret must be 32 random bytes or more: use generateClientSecret()')
  }
  return hash(clientSecret)
}

/** Whether a text is what {@link hashClientSecret} gives, rather than a secret that was never hashed. */
export function isClientSecretHash(value: unknown): value is string {
  return typeof value === 'string' && HASH.test(value)
}

/**
 * Whether a secret is the one that was hashed. Takes the same time whatever it is, and when there is no hash, in which
 * case the answer is no.
 */
export function verifyClientSecret(clientSecret: string, clientSecretHash: string | undefined): boolean {
  const expected = Buffer.from(clientSecretHash ?? NO_HASH)
  return timingSafeEqual(Buffer.from(hash(clientSecret)), expected) && clientSecretHash !== undefined
}

function hash(clientSecret: string): string {
  return `sha256:${createHash('sha256').update(clientSecret).digest('base64url')}`
}

const NO_HASH = hash(randomBytes(32).toString('base64url'))
