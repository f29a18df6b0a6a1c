import { deriveKey, seal, unseal } from '@latchkey/secrets'
import type { UpstreamTokenOwner, UpstreamTokenStore } from '@latchkey/store'
import { jose } from '../jose.ts'

/** The tokens of a provider, decrypted. */
export interface UpstreamToken {
  /** The stored text. */
  readonly text: string
  /** The version, for {@link SealedUpstreamTokens.replace}. */
  readonly version: string
}

/** An {@link UpstreamTokenStore} that takes and returns decrypted tokens. */
export interface SealedUpstreamTokens {
  /**
   * The text of an owner. `null` when it is missing, or encrypted with a key that is no longer in the list: the user then logs
   * in at the provider again.
   *
   * @throws JOSEError when the stored text was changed, or copied from another owner
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
 * Encrypts tokens before they are stored, and decrypts them when they are read, with A256GCM. The text of one owner cannot be
 * decrypted for another owner. A key may also serve another purpose: the derived key differs. Checks only the length of a key,
 * and not whether it is random.
 *
 * @param keys - the first encrypts, and each of them decrypts. Put a new key first, and remove the old one when no text is
 * encrypted with it any more. At least 32 bytes each
 * @example
 * ```ts
 * const tokens = sealedUpstreamTokens(store.upstreamTokens, [process.env.TOKEN_KEY ?? ''])
 * ```
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
      const secret = ring.get(await kidOf(stored.sealed))
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

async function kidOf(sealed: string): Promise<string> {
  const { decodeProtectedHeader, errors } = await jose.get()
  try {
    return String(decodeProtectedHeader(sealed).kid)
  } catch (cause) {
    throw new errors.JWEInvalid('What is stored is no sealed text', { cause })
  }
}

// A key for each owner: a text that was moved to another row cannot be decrypted.
function bound(secret: Uint8Array, { accountId, provider }: UpstreamTokenOwner): Uint8Array {
  return deriveKey(secret, `latchkey: owner ${JSON.stringify([accountId, provider])}`)
}
