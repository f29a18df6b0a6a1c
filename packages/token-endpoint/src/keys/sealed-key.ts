import { deriveKey, type StoredSigningKey, seal, unseal } from '@latchkey/store'
import type { JWK } from 'jose'
import { importPrivateKey } from './imported-key.ts'
import type { KeyTimes, RingKey } from './key-ring.ts'

interface Content extends KeyTimes {
  readonly jwk: JWK
}

/** The key that signing keys are encrypted with in the store, made of a secret. */
export function sealingKey(secret: string): Uint8Array {
  return deriveKey(secret, 'latchkey: signing keys in the store')
}

/**
 * A signing key as it is stored. Its times are encrypted with it: whoever can write to the store can neither put in a
 * key of their own nor prolong one that is there.
 */
export async function sealKey(jwk: JWK & { kid: string }, times: KeyTimes, key: Uint8Array): Promise<StoredSigningKey> {
  const content: Content = { jwk, ...times }
  return { kid: jwk.kid, key: await seal(JSON.stringify(content), key), ...times }
}

/** The signing key that was sealed with any of some keys, or `null` when it was sealed with none of them. */
export async function openKey(stored: StoredSigningKey, keys: readonly Uint8Array[]): Promise<RingKey | null> {
  for (const key of keys) {
    const text = await unseal(stored.key, key).catch(() => null)
    if (text === null) continue
    const { jwk, activeFrom, expiresAt } = JSON.parse(text) as Content // sealKey() wrote it: nobody else can
    return { signing: await importPrivateKey(jwk), activeFrom, expiresAt }
  }
  return null
}
