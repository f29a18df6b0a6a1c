import { StoreFullError } from '../errors.ts'
import type { SigningKeyStore, StoredSigningKey } from '../signing-keys.ts'

/** A ring in memory with at most `limit` keys. A full store refuses new ones. */
export function memorySigningKeys(limit: number): SigningKeyStore {
  let generation = 0
  let keys: readonly StoredSigningKey[] = []

  return Object.freeze({
    async list() {
      return { generation, keys: [...keys] }
    },

    async add(key: StoredSigningKey, seen: number) {
      if (seen !== generation) return false
      if (keys.some(({ kid }) => kid === key.kid)) throw new Error('A key with this "kid" is in the ring already')
      if (keys.length >= limit) throw new StoreFullError('signing keys')
      keys = [...keys, Object.freeze({ ...key })]
      generation += 1
      return true
    },

    async removeExpired(time: number) {
      keys = keys.filter(({ expiresAt }) => expiresAt > time)
    }
  })
}
