import { UnavailableError } from '@latchkey/guard'
import {
  fittingKeys,
  importKeys,
  isJwkSet,
  type JwkSet,
  type KeyHint,
  UpstreamError,
  type VerificationKey
} from '@latchkey/issuer'
import type { CryptoKey } from 'jose'
import type { JoseHeader } from './jose-header.ts'
import { notValid } from './refusal.ts'

/** Finds keys by itself, as `remoteKeySet()` of `@latchkey/issuer` does. */
export interface KeyFinder {
  /**
   * The one key that a token asks for, or `null` when there is none or more than one. When that cannot be known now it
   * should throw an error whose `statusCode` is 503, with `retryAfter` in seconds where that is known.
   */
  find(hint: KeyHint): CryptoKey | null | Promise<CryptoKey | null>
  /** Whether a key that it found is still one of the issuer's. Without this no token is remembered. */
  holds?(key: CryptoKey): boolean
}

/** Where the keys of an issuer come from. */
export interface KeySource {
  /**
   * The one key that a token's header asks for.
   *
   * @throws InvalidTokenError when there is none, or more than one; an error for 503 when that cannot be found out now
   */
  find(header: JoseHeader): CryptoKey | Promise<CryptoKey>
  /** Whether a key that was found would be found again. `false` also where that cannot be told at once. Never throws. */
  holds(key: CryptoKey): boolean
}

/** Keys that never change. */
export function givenKeys(keys: readonly VerificationKey[]): KeySource {
  return { find: (header) => choose(keys, header), holds: () => true }
}

/**
 * Asks a function for the key set each time, and imports its keys once for as long as the answer is the same object.
 * Does not time out: the function has to.
 */
export function suppliedKeys(supply: () => unknown, algorithms: readonly string[] | null): KeySource {
  const imported = new WeakMap<JwkSet, Promise<readonly VerificationKey[]>>()
  // Of what was supplied without a promise.
  let latest: { readonly jwks: JwkSet; readonly keys: readonly VerificationKey[] } | null = null

  return {
    async find(header) {
      const { jwks, isAtHand } = await supplied(supply)
      if (!isJwkSet(jwks)) throw notValid('jwks gave no JSON Web Key Set')
      const importing = imported.get(jwks) ?? importKeys(jwks.keys, algorithms)
      imported.set(jwks, importing)
      const keys = await importing
      latest = isAtHand ? { jwks, keys } : null
      return choose(keys, header)
    },
    holds(key) {
      if (latest === null) return false
      try {
        const answer = supply()
        if (answer === latest.jwks) return latest.keys.some((one) => one.key === key)
        // Nobody waits for a promise here: its failure must not become the process's.
        Promise.resolve(answer).catch(() => undefined)
      } catch {
        // find() tells about it.
      }
      return false
    }
  }
}

/** Leaves it to the issuer's keys themselves to find one. */
export function foundKeys(finder: KeyFinder): KeySource {
  return {
    async find({ alg, kid }) {
      const key: unknown = await found(finder, { alg, kid })
      if (key === null || typeof key !== 'object') throw notValid('no key, or more than one, fits the header')
      return key as CryptoKey // jose looks what it is before it is used
    },
    holds: (key) => finder.holds?.(key) === true
  }
}

async function supplied(supply: () => unknown): Promise<{ readonly jwks: unknown; readonly isAtHand: boolean }> {
  try {
    const answer = supply()
    const jwks = await answer
    return { jwks, isAtHand: jwks === answer }
  } catch (cause) {
    throw new UnavailableError(CANNOT_VERIFY, { cause })
  }
}

async function found(finder: KeyFinder, hint: KeyHint): Promise<unknown> {
  try {
    return await finder.find(hint)
  } catch (cause) {
    throw cause instanceof UpstreamError ? cause : new UnavailableError(CANNOT_VERIFY, { cause })
  }
}

const CANNOT_VERIFY = 'Access tokens cannot be verified at the moment'

function choose(keys: readonly VerificationKey[], header: JoseHeader): CryptoKey {
  const [found, another] = fittingKeys(keys, header)
  if (found === undefined) throw notValid('no key fits the header')
  if (another !== undefined) throw notValid('more than one key fits the header')
  return found.key
}
