import { deriveKey, seal, unseal } from '@latchkey/secrets'
import type { StoredSigningKey } from '@latchkey/store'
import type { JWK } from 'jose'
import { importPrivateKey } from './imported-key.ts'
import type { KeyTimes, RingKey } from './key-ring.ts'

interface Content extends KeyTimes {
  readonly jwk: JWK
}

/** Derives the key that encrypts signing keys in the store from a secret. */
export function sealingKey(secret: string): Uint8Array {
  return deriveKey(secret, 'latchkey: signing keys in the store')
}

/**
 * Encrypts a signing key and its times for the store. A writer of the store can neither add a key of their own nor extend the
 * lifetime of a key.
 */
export async function sealKey(jwk: JWK & { kid: string }, times: KeyTimes, key: Uint8Array): Promise<StoredSigningKey> {
  const content: Content = { jwk, ...times }
  return { kid: jwk.kid, key: await seal(JSON.stringify(content), key), ...times }
}

/** Decrypts a stored signing key with the first of the given keys that fits; `null` when none fits. */
export async function openKey(stored: StoredSigningKey, keys: readonly Uint8Array[]): Promise<RingKey | null> {
  for (const key of keys) {
    const text = await unseal(stored.key, key).catch(() => null)
    if (text === null) continue
    const { jwk, activeFrom, expiresAt } = JSON.parse(text) as Content // only sealKey() can have written it
    return { signing: await importPrivateKey(jwk), activeFrom, expiresAt }
  }
  return null
}
