import * as o from '@latchkey/options'
import { fingerprint, secrets } from '@latchkey/secrets'
import type { SigningKeyStore, SupervisedStore } from '@latchkey/store'
import { CACHED_FOR, FOLLOWED_EVERY, followKeys } from './followed-keys.ts'
import { sealingKey } from './sealed-key.ts'
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from './jwk.ts'
import type { SigningKeySource } from './signing-keys.ts'

const NAME = 'storedKeys()'
const HOUR = 3_600
const DAY = 24 * HOUR
// A process may publish the old key set until it has read the store again, and a cache may keep that key set.
const SHORTEST_OVERLAP = CACHED_FOR + 2 * FOLLOWED_EVERY
const METHODS = ['list', 'add', 'removeExpired']

/** The options of {@link storedKeys}. */
export interface StoredKeysOptions {
  /**
   * The store with the keys, e.g. `sqlStore()` of `@latchkey/store/sql`. All processes must use the same one. The times of the
   * keys come from its `clock`, or from the `now` of the token endpoint if it has none.
   */
  readonly store: { readonly signingKeys: SigningKeyStore } & SupervisedStore
  /**
   * The secrets that encrypt the keys in the store: each 32 random bytes or more in base64url, base64 or hex, as
   * `npx latchkey-keys --secret` prints them. The first encrypts; each of them decrypts. To change a secret, add the new one
   * last in all processes, and move it to the front when all processes have it. Remove the old one when it encrypts no stored
   * key any more. `undefined`, from an environment variable that is not set, is refused.
   */
  readonly secrets: readonly (string | undefined)[]
  /** The algorithm of the keys that this process makes. Keys in the store keep their algorithm. Default: `ES256`. */
  readonly alg?: SigningAlgorithm
  /** How long a key signs, in seconds, from an hour to a year. Default: 30 days. */
  readonly rotateEvery?: number
  /**
   * The number of seconds for which a new key is published before it signs. At least as long as verifiers cache a key set. From
   * 360 (responses of this server may be cached for 300) to a day, and shorter than `rotateEvery`. Default: an hour, or half of
   * `rotateEvery` if that is shorter.
   */
  readonly overlap?: number
}

const schema = o.members({
  store: o.must<StoredKeysOptions['store']>(
    'have signingKeys, as the stores of @latchkey/store do',
    (value) => o.isObject(value) && o.hasMethods(value['signingKeys'], METHODS)
  ),
  secrets,
  alg: o.optional(o.oneOf(...SIGNING_ALGORITHMS), SIGNING_ALGORITHMS[0]),
  rotateEvery: o.optional(o.integer(HOUR, 365 * DAY, 'seconds'), 30 * DAY),
  overlap: o.optional(o.integer(SHORTEST_OVERLAP, DAY, 'seconds'))
})

/**
 * Signing keys that are stored encrypted and rotated automatically, for the option `keys` of the token endpoint. All processes
 * with the same store share the keys. A new key is published before it signs. An old key stays published until every token that
 * it signed has expired.
 *
 * If the store does not answer at the start, the server starts all the same, and answers 503 to token requests and at `/jwks`
 * until the store answers. Later, while the store does not answer, the keys in memory stay in use, for up to a week beyond
 * `rotateEvery`. While the clock of a process differs from the store's by more than a minute, that process removes no key, and
 * makes a key only if no key can sign.
 *
 * @example
 * ```ts
 * const keys = storedKeys({ store, secrets: [process.env.KEY_SECRET] })
 * ```
 * @throws RegistrationError naming the option and the fix
 */
export function storedKeys(options: StoredKeysOptions): SigningKeySource {
  const { store, secrets: given, alg, rotateEvery, overlap: chosen } = o.checkOptions(NAME, schema, options)
  const overlap = chosen ?? Math.min(HOUR, rotateEvery / 2)
  if (overlap >= rotateEvery) throw new o.RegistrationError(NAME, 'overlap must be less than rotateEvery')
  const [first, ...others] = given as [string, ...string[]] // the schema refuses an empty list
  const sealingKeys = [sealingKey(first), ...others.map(sealingKey)] as const
  const rotation = { rotateEvery, overlap }
  const fingerprints = given.map(fingerprint)
  return Object.freeze({
    open: async (dependencies) => followKeys({ store, sealingKeys, alg, rotation, fingerprints, ...dependencies })
  } satisfies SigningKeySource)
}
