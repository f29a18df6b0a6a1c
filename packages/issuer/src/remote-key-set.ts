import type { CryptoKey } from 'jose'
import { algorithmNames, signatureAlgorithms } from './algorithm.ts'
import * as o from '@latchkey/options'
import { UpstreamError } from './errors.ts'
import { fetchJson } from './fetch-json.ts'
import { fetchableUrl } from './fetchable-url.ts'
import { invalid } from './json-object.ts'
import { isJwkSet } from './jwk-set.ts'
import { keepDocument, type Loaded } from './kept-document.ts'
import { keyFaults } from './key-faults.ts'
import type { KeySource } from './key-source.ts'
import { warnOfUncheckedCertificates } from './log.ts'
import { type KeepingOptions, keepingMembers, MAX_DOCUMENT_BYTES } from './options.ts'
import { fittingKey, fittingKeys, type ImportedKeys, type KeyHint, keyImporter } from './verification-key.ts'

/** The options of {@link remoteKeySet}. Each is optional. */
export interface RemoteKeySetOptions extends KeepingOptions {
  /**
   * The signature algorithms that the keys may be used for, by their JWS names. Default: each key is used for the algorithm in
   * its `alg`. A key without `alg` is used for the algorithm of its curve, and an RSA key for RS256.
   */
  algorithms?: readonly string[] | undefined
  /**
   * How old the keys may be before they are fetched again, in seconds from 30 to 86400. A withdrawn key may stay in use for
   * this time. Lookups do not wait for the fetch. Default: 600.
   */
  maxAge?: number | undefined
}

/** The public keys of an issuer, fetched when needed. */
export interface RemoteKeySet extends KeySource {
  /** @throws UpstreamError when the answer is not available now; this does not mean that the token is bad */
  readonly find: (hint: KeyHint) => Promise<CryptoKey | null>
  readonly atHand: (hint: KeyHint) => CryptoKey | null
}

const MAX_KEYS = 100
const MAX_KID_LENGTH = 128
const COOLDOWN = 30
const NAME = 'remoteKeySet()'

const location = o.either(o.isFunction, o.aFunction(), fetchableUrl)
const schema = o.members({
  ...keepingMembers,
  algorithms: o.optional(algorithmNames),
  maxAge: o.optional(o.integer(COOLDOWN, 24 * 60 * 60, 'seconds'), 600)
})

/**
 * The keys of the key set at a URL. Its server may be down when this is called: nothing is fetched before the first lookup. A
 * lookup with an unknown `kid` causes a new fetch, but not twice within 30 seconds. A lookup throws an `UpstreamError` when the
 * answer is not available now. `atHand` starts a fetch of the keys if one is due, as `find` does. Does NOT verify anything.
 *
 * @param jwksUri - the URL of the key set, or a function that returns it and is called before each fetch
 * @throws RegistrationError when the URL or an option cannot work
 * @example
 * ```ts
 * const keys = remoteKeySet('https://login.example.com/keys', { algorithms: ['ES256'], log: app.log })
 * const key = await keys.find({ alg: 'ES256', kid: '2026-01' })
 * ```
 * @see [RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)
 */
export function remoteKeySet(
  jwksUri: string | (() => string | Promise<string>),
  options: RemoteKeySetOptions = {}
): RemoteKeySet {
  o.checkArgument(NAME, 'jwksUri', location, jwksUri)
  const { timeout, blockSpecialUse, maxAge, algorithms = null, ...keeping } = o.checkOptions(NAME, schema, options)
  warnOfUncheckedCertificates(keeping.log)
  const importAll = keyImporter(algorithms)
  const what = typeof jwksUri === 'string' ? `The key set at ${new URL(jwksUri).origin}` : 'A key set'
  const faults = keyFaults(keeping.log)
  const kept = keepDocument({ ...keeping, what, load })
  let missedAt = Number.NEGATIVE_INFINITY

  return Object.freeze({
    find,
    atHand: (hint) => fittingKey(kept.atHand()?.keys ?? [], hint)
  } satisfies RemoteKeySet)

  async function find(hint: KeyHint): Promise<CryptoKey | null> {
    if (!isPlausible(hint)) return null
    const loads = kept.loads()
    const set = await kept.get()
    if (fittingKeys(set.keys, hint).length > 0) return choose(set, hint)
    const wasJustFetched = kept.loads() > loads
    if (!wasJustFetched && !kept.isUncertain() && now() < missedAt + COOLDOWN) return choose(set, hint)
    missedAt = now()
    return choose(wasJustFetched ? set : await kept.renew(), hint)
  }

  function choose(set: ImportedKeys, hint: KeyHint): CryptoKey | null {
    const found = fittingKey(set.keys, hint)
    if (found === null) faults.missed(set, hint)
    return found
  }

  function now(): number {
    return keeping.clock() / 1000
  }

  async function load(): Promise<Loaded<ImportedKeys>> {
    const url = typeof jwksUri === 'string' ? jwksUri : await jwksUri()
    const { body } = await fetchJson(url, {
      headers: { accept: 'application/json, application/jwk-set+json' },
      timeout,
      blockSpecialUse,
      maxBytes: MAX_DOCUMENT_BYTES
    })
    if (!isJwkSet(body)) throw invalid('no JSON Web Key Set')
    if (body.keys.length > MAX_KEYS) {
      throw new UpstreamError('LATCHKEY_UPSTREAM_TOO_LARGE', { cause: `over ${MAX_KEYS} keys` })
    }
    const value = await importAll(body.keys)
    faults.loaded(value, new URL(url).origin)
    return { value, maxAge }
  }
}

function isPlausible({ alg, kid }: KeyHint): boolean {
  if (!signatureAlgorithms.has(alg)) return false
  return kid === undefined || (typeof kid === 'string' && kid.length > 0 && kid.length <= MAX_KID_LENGTH)
}
