import { deriveKey, seal, unseal } from '@latchkey/store'
import { LRUCache } from 'lru-cache'

/** For how many seconds a nonce is good. */
const LIFETIME = 300
const MAX_LENGTH = 256
/** Nonces that were opened before: one for each second and process, in use for five minutes. */
const MOST_OPENED = 1000
const LABEL = 'latchkey: DPoP nonce'

/** Nonces for proofs, which show that a proof is not older than they are. None is stored: each holds its own time, sealed. */
export interface Nonces {
  /** A nonce of now. */
  fresh(): Promise<string>
  /** Whether a nonce was made with one of the secrets, here or by another process, and is not too old. */
  isGood(nonce: string): Promise<boolean>
}

/**
 * @param secrets - the first one seals, and any one opens
 * @param clockTolerance - by how many seconds the clocks of processes that share the secrets may differ
 * @param now - milliseconds since the epoch
 * @see [RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)
 */
export function proofNonces(secrets: readonly string[], clockTolerance: number, now: () => number): Nonces {
  const keys = secrets.map((secret) => deriveKey(secret, LABEL))
  const sealing = keys[0] as Uint8Array // the options were checked
  // Anybody can ask for a nonce: there is one for each second.
  let latest: { readonly second: number; readonly nonce: Promise<string> } | null = null
  const opened = new LRUCache<string, number>({ max: MOST_OPENED })

  return Object.freeze({
    fresh() {
      const second = seconds()
      if (latest?.second !== second) latest = { second, nonce: seal(String(second), sealing) }
      return latest.nonce
    },
    async isGood(nonce) {
      if (nonce.length > MAX_LENGTH) return false
      const age = seconds() - (await timeOf(nonce))
      return age < LIFETIME && age >= -clockTolerance
    }
  } satisfies Nonces)

  function seconds(): number {
    return Math.floor(now() / 1000)
  }

  async function timeOf(nonce: string): Promise<number> {
    const known = opened.get(nonce)
    if (known !== undefined) return known
    for (const key of keys) {
      const text = await unseal(nonce, key).catch(() => null)
      // Nothing else is ever sealed with these keys.
      if (text !== null) {
        opened.set(nonce, Number(text))
        return Number(text)
      }
    }
    return Number.NaN
  }
}
