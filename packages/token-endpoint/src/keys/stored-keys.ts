import { checkOptions, InvalidOptionError, must, mustBeInteger, optional } from '@latchkey/guard'
import { type SigningKeyStore, type SupervisedStore, secretsFault } from '@latchkey/store'
import { CACHED_FOR, FOLLOWED_EVERY, followKeys } from './followed-keys.ts'
import { sealingKey } from './sealed-key.ts'
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from './jwk.ts'
import type { KeySource } from './key-source.ts'

const NAME = 'storedKeys()'
const HOUR = 3_600
const DAY = 24 * HOUR
// A process that has not looked yet may still give out the old key set, and a cache may keep that.
const SHORTEST_OVERLAP = CACHED_FOR + 2 * FOLLOWED_EVERY
const METHODS = ['list', 'add', 'removeExpired']

/** The options of {@link storedKeys}. */
export interface StoredKeysOptions {
  /**
   * Where the keys are, e.g. `sqlStore()` of `@latchkey/store/sql`: the same one for all processes. Their times go by its
   * `clock`; without one, by the `now` of the token endpoint.
   */
  readonly store: { readonly signingKeys: SigningKeyStore } & SupervisedStore
  /**
   * What the keys are encrypted with in the store: each 32 random bytes or more in base64url, base64 or hex, as
   * `npx latchkey-keys --secret` prints them. The first encrypts, any of them decrypts. A new one is put last in all
   * processes, and first only when all have it; an old one goes when no key is left that it encrypted. One that is
   * `undefined`, because its environment variable is not set, is refused.
   */
  readonly secrets: readonly (string | undefined)[]
  /** The algorithm of the keys that this process makes. Those in the store keep theirs. Default: `ES256`. */
  readonly alg?: SigningAlgorithm
  /** How long a key signs, in seconds, from an hour to a year. Default: 30 days. */
  readonly rotateEvery?: number
  /**
   * For how many seconds a new key is published before it signs: at least as long as verifiers keep a key set. From 360
   * (this server's own answers may be kept for 300) to a day, and shorter than `rotateEvery`. Default: an hour.
   */
  readonly overlap?: number
}

const mustBeStore = must(
  'have signingKeys, as the stores of @latchkey/store do',
  (value) => isObject(value) && isObject(value.signingKeys) && METHODS.every(isMethodOf(value.signingKeys))
)

/**
 * Signing keys that live in the store, encrypted, and renew themselves: for the option `keys` of the token endpoint. All
 * processes that share the store share the keys. A new key is published before it signs, and an old one stays published
 * until no token that it signed can be valid.
 *
 * When the store cannot be reached at the start, the server starts all the same, and answers 503 to token requests and at
 * `/jwks` until it can. Afterwards the keys in memory do, for a week beyond `rotateEvery`. While the clock of a process
 * differs from the store's by more than a minute, that process removes no key, and makes none unless no key can sign.
 *
 * @throws InvalidOptionError naming the option and the fix
 */
export function storedKeys(options: StoredKeysOptions): KeySource {
  const { store, secrets, ...rest } = checkOptions(NAME, options, {
    store: mustBeStore,
    secrets: secretsFault,
    alg: optional(must(`be one of ${SIGNING_ALGORITHMS.join(', ')}`, isOneOf(SIGNING_ALGORITHMS))),
    rotateEvery: optional(mustBeInteger(HOUR, 365 * DAY, 'seconds')),
    overlap: optional(mustBeInteger(SHORTEST_OVERLAP, DAY, 'seconds'))
  })
  const { alg = SIGNING_ALGORITHMS[0], rotateEvery = 30 * DAY } = rest
  const { overlap = Math.min(HOUR, rotateEvery / 2) } = rest
  if (overlap >= rotateEvery) throw new InvalidOptionError(NAME, 'overlap', 'must be shorter than rotateEvery')
  const [first, ...others] = secrets as [string, ...string[]] // secretsFault() lets nothing else through
  const sealingKeys = [sealingKey(first), ...others.map(sealingKey)] as const
  const rotation = { rotateEvery, overlap }
  return Object.freeze({
    open: async (circumstances) => followKeys({ store, sealingKeys, alg, rotation, ...circumstances })
  } satisfies KeySource)
}

function isOneOf(values: readonly unknown[]): (value: unknown) => boolean {
  return (value) => values.includes(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isMethodOf(object: Record<string, unknown>): (name: string) => boolean {
  return (name) => typeof object[name] === 'function'
}
