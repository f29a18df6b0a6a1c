import { decodeProtectedHeader, errors } from 'jose'
import { deriveKey, seal, unseal } from './sealed-text.ts'
import type { UpstreamTokenOwner, UpstreamTokenStore } from './upstream-tokens.ts'

/** A provider's tokens, decrypted. */
export interface UpstreamToken {
  /** The text that was put. */
  readonly text: string
  /** For {@link SealedUpstreamTokens.replace}. */
  readonly version: string
}

/** {@link UpstreamTokenStore} in terms of the tokens themselves. */
export interface SealedUpstreamTokens {
  /**
   * What was put for an owner. `null` when it is missing, or sealed with a key that is no longer in the list: the owner
   * goes through the provider's login again.
   *
   * @throws JOSEError when what is stored was changed, or copied from another owner
   */
  find(owner: UpstreamTokenOwner): Promise<UpstreamToken | null>
  /** See {@link UpstreamTokenStore.put}. */
  put(owner: UpstreamTokenOwner, text: string): Promise<void>
  /** See {@link UpstreamTokenStore.replace}. */
  replace(owner: UpstreamTokenOwner, text: string, version: string): Promise<boolean>
  /** See {@link UpstreamTokenStore.remove}. */
  remove(owner: UpstreamTokenOwner): Promise<void>
}

interface Key {
  readonly kid: string
  readonly secret: Uint8Array
}

const LEAST_BYTES = 32

/**
 * Encrypts tokens on their way into a store and decrypts them on their way out, with A256GCM. What is sealed for one owner
 * opens for no other, and a key that serves another purpose too gives another key here. Does not judge whether a key was
 * chosen at random: only its length.
 *
 * @param keys - the first one encrypts and any one decrypts: put a new one first, and take the old one out once nothing is
 * sealed with it. Each of at least 32 bytes
 * @throws TypeError when there is no key, or one is too short
 * @see [RFC 7516](https://www.rfc-editor.org/rfc/rfc7516), [RFC 5869](https://www.rfc-editor.org/rfc/rfc5869)
 */
export function sealedUpstreamTokens(
  store: UpstreamTokenStore,
  keys: readonly (string | Uint8Array)[]
): SealedUpstreamTokens {
  const [first, ...others] = keys.map(derive)
  if (first === undefined) throw new TypeError('sealedUpstreamTokens: "keys" must be a list of at least one key')
  const ring = new Map([first, ...others].map(({ kid, secret }) => [kid, secret]))

  return Object.freeze({
    async find(owner: UpstreamTokenOwner) {
      const stored = await store.find(owner)
      if (stored === null) return null
      const secret = ring.get(kidOf(stored.sealed))
      if (secret === undefined) return null
      return { text: await unseal(stored.sealed, bound(secret, owner)), version: stored.version }
    },

    async put(owner: UpstreamTokenOwner, text: string) {
      await store.put(owner, await seal(text, bound(first.secret, owner), { kid: first.kid }))
    },

    async replace(owner: UpstreamTokenOwner, text: string, version: string) {
      return store.replace(owner, await seal(text, bound(first.secret, owner), { kid: first.kid }), version)
    },

    remove: (owner: UpstreamTokenOwner) => store.remove(owner)
  })
}

function derive(key: string | Uint8Array): Key {
  const bytes = typeof key === 'string' ? new TextEncoder().encode(key) : key
  if (bytes.length < LEAST_BYTES) {
    throw new TypeError(`sealedUpstreamTokens: "keys" holds a key of less than ${LEAST_BYTES} bytes`)
  }
  return {
    kid: Buffer.from(deriveKey(bytes, 'latchkey: name of a key for upstream tokens').subarray(0, 8)).toString('hex'),
    secret: deriveKey(bytes, 'latchkey: upstream tokens')
  }
}

function kidOf(sealed: string): string {
  try {
    return String(decodeProtectedHeader(sealed).kid)
  } catch (cause) {
    throw new errors.JWEInvalid('What is stored is no sealed text', { cause })
  }
}

// A key for each owner: nothing that was moved between rows opens.
function bound(secret: Uint8Array, { accountId, provider }: UpstreamTokenOwner): Uint8Array {
  return deriveKey(secret, `latchkey: owner ${JSON.stringify([accountId, provider])}`)
}
