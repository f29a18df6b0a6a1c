import { UnavailableError } from '@latchkey/guard'
import { isUnavailable, tell } from '@latchkey/guard/plugin'
import { RegistrationError } from '@latchkey/options'
import { type SigningKeyStore, type SupervisedStore, superviseStore } from '@latchkey/store'
import type { JSONWebKeySet, JWK } from 'jose'
import { type KeyRotationEvent, keyRotationChannel } from '../events.ts'
import { nextKeyAt, publishedAt, type RingKey, type Rotation, signerAt } from './key-ring.ts'
import { openKey, sealKey } from './sealed-key.ts'
import { generateSigningKey, SIGNING_ALGORITHMS, type SigningAlgorithm } from './jwk.ts'
import type { KeyDependencies, SigningKeys } from './signing-keys.ts'

/** How long caches may keep the key set and the metadata, in seconds. */
export const CACHED_FOR = 300

/** How often each process reads the keys of the store, in seconds. */
export const FOLLOWED_EVERY = 30

/** The options of {@link followKeys}. */
export interface FollowedKeysDependencies extends KeyDependencies {
  readonly store: { readonly signingKeys: SigningKeyStore } & SupervisedStore
  readonly sealingKeys: readonly [Uint8Array, ...Uint8Array[]]
  /** The algorithm of the keys that this process makes. */
  readonly alg: SigningAlgorithm
  readonly rotation: Rotation
  /** The fingerprints of the secrets. */
  readonly fingerprints: readonly string[]
}

/**
 * The signing keys of the store. Reads the store every 30 seconds, and makes the next key when it is due and no other process
 * has made it. While the store does not answer, the keys in memory stay in use. All times are the store's.
 *
 * @throws RegistrationError when the store has keys and none of them can be decrypted. The store's error, unless its
 * `statusCode` is 503
 */
export async function followKeys(options: FollowedKeysDependencies): Promise<SigningKeys> {
  const { store, sealingKeys, alg, rotation, fingerprints, now, log } = options
  const { signingKeys } = store
  const supervision = superviseStore(store, { now, log })
  let opened: ReadonlyMap<string, RingKey | null> = new Map()
  let ring: readonly RingKey[] = []
  let jwks: JSONWebKeySet = { keys: [] }
  let turn: Promise<unknown> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  await firstTime().catch((error: unknown) => {
    if (!isUnavailable(error)) throw error
    log.error({ err: error }, 'The store does not answer: no token is issued until it gives the signing keys')
  })
  schedule()

  return Object.freeze({
    algorithms: SIGNING_ALGORITHMS,
    signer() {
      const signer = signerAt(ring, supervision.seconds())
      if (signer === undefined) throw unavailable()
      return signer.signing
    },
    jwks() {
      if (jwks.keys.length === 0) throw unavailable()
      return jwks
    },
    rotate: () => inTurn(true),
    async close() {
      closed = true
      clearTimeout(timer)
      await turn
    },
    facts: () => ({ madeAtStart: false, secrets: fingerprints })
  } satisfies SigningKeys)

  async function firstTime(): Promise<void> {
    await store.check?.()
    await inTurn(false)
  }

  function schedule(): void {
    if (!closed) timer = setTimeout(() => void tick(), FOLLOWED_EVERY * 1000).unref()
  }

  async function tick(): Promise<void> {
    await firstTime().catch((error: unknown) =>
      log.error({ err: error }, 'The signing keys in the store could not be read: those in memory stay in use')
    )
    schedule()
  }

  function inTurn(forced: boolean): Promise<void> {
    const mine = turn.then(() => follow(forced)).finally(publish)
    turn = mine.catch(() => {})
    return mine
  }

  async function follow(forced: boolean): Promise<void> {
    // This also decides whether expired keys may be removed: one of the two clocks is wrong, and it may be the clock of this
    // process.
    const mayChange = await supervision.mayDelete()
    const generation = await read(mayChange)
    if (!mayChange && signerAt(ring, supervision.seconds()) !== undefined) {
      if (forced) throw new UnavailableError('The clocks of this process and of the store differ by more than a minute')
      return
    }
    const times = nextKeyAt(ring, supervision.seconds(), rotation, forced)
    if (times === null) return
    const key = await sealKey(await generateSigningKey(alg), times, sealingKeys[0])
    const isMine = await signingKeys.add(key, generation)
    if (isMine) {
      const made = { kind: 'made', kid: key.kid, activeFrom: times.activeFrom, forced } satisfies KeyRotationEvent
      tell(keyRotationChannel, made, { log, message: 'A signing key was made' })
    }
    await read(mayChange)
  }

  async function read(mayRemove: boolean): Promise<number> {
    const { generation, keys } = await signingKeys.list()
    const live = keys.filter(({ expiresAt }) => supervision.seconds() < expiresAt)
    const read = new Map<string, RingKey | null>()
    for (const stored of live) {
      const known = opened.get(stored.key)
      const key = known === undefined ? await openKey(stored, sealingKeys) : known
      read.set(stored.key, key)
      if (known === undefined && key === null) {
        const unreadable = { kind: 'unreadable', kid: stored.kid } satisfies KeyRotationEvent
        tell(keyRotationChannel, unreadable, { log, level: 'error', message: 'A signing key cannot be opened' })
      }
    }
    opened = read
    ring = [...read.values()].filter((key) => key !== null)
    publish()
    if (live.length > 0 && ring.length === 0) {
      throw new RegistrationError(
        'storedKeys()',
        'secrets must open a signing key in the store; they open none. Fix: give the secret that they were sealed with as well, or remove them all with store.signingKeys.removeExpired(Number.MAX_SAFE_INTEGER)'
      )
    }
    if (mayRemove && live.length < keys.length) await signingKeys.removeExpired(supervision.seconds())
    return generation
  }

  function publish(): void {
    const keys = publishedAt(ring, supervision.seconds()).map(({ signing }) => signing.published)
    if (keys.length === jwks.keys.length && keys.every((key, index) => key === jwks.keys[index])) return
    jwks = Object.freeze({ keys: Object.freeze(keys) as JWK[] })
  }
}

function unavailable(): UnavailableError {
  return new UnavailableError('There is no signing key', { retryAfter: FOLLOWED_EVERY })
}
