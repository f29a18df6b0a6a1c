import { deriveKey, seal, unseal } from '@latchkey/secrets'
import { recentlyUsed } from '../recently-used.ts'

/** Lifetime of a nonce in seconds. */
const LIFETIME = 300
const MAX_LENGTH = 256
/** Maximum number of remembered opened nonces. Each process makes one a second, and each is in use for five minutes. */
const MOST_OPENED = 1000
const LABEL = 'latchkey: DPoP nonce'

/** Nonces for proofs: a proof is not older than its nonce. No nonce is stored, because each contains its time, sealed. */
export interface Nonces {
  /** Returns a nonce for the current second. */
  fresh(): Promise<string>
  /** Whether a nonce was sealed with one of the secrets, by this or another process, and is not too old. */
  isGood(nonce: string): Promise<boolean>
}

/**
 * Creates the nonces.
 *
 * @param secrets - the first one seals, and any one opens
 * @param clockTolerance - the accepted difference in seconds between the clocks of processes that share the secrets
 * @param now - milliseconds since the epoch
 * @see [RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)
 */
export function proofNonces(secrets: readonly string[], clockTolerance: number, now: () => number): Nonces {
  const keys = secrets.map((secret) => deriveKey(secret, LABEL))
  const sealing = keys[0] as Uint8Array // at least one secret: the options were checked
  // Any client can ask for a nonce, so only one is sealed each second.
  let latest: { readonly second: number; readonly nonce: Promise<string> } | null = null
  const opened = recentlyUsed<number>(MOST_OPENED)

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
      // These keys seal nothing but nonces.
      if (text !== null) {
        opened.set(nonce, Number(text))
        return Number(text)
      }
    }
    return Number.NaN
  }
}
