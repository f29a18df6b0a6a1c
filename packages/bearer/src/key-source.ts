import { UnavailableError } from '@latchkey/guard'
import { fittingKeys, importKeys, isJwkSet, type JwkSet, type KeyHint, type VerificationKey } from '@latchkey/issuer'
import type { CryptoKey } from 'jose'
import { disregard } from './disregard.ts'
import type { JoseHeader } from './jose-header.ts'
import { notValid } from './refusal.ts'

/** An object that finds keys, such as `remoteKeySet()` of `@latchkey/issuer`. */
export interface KeyFinder {
  /**
   * Returns the one key that a token asks for, or `null` when there is none or more than one. If the answer is not available
   * now, it should throw: the answer is then 503, with the `retryAfter` in seconds of the thrown error, or 5.
   */
  find(hint: KeyHint): CryptoKey | null | Promise<CryptoKey | null>
  /**
   * Whether `find` would return this same key for the hint now. It must answer without a promise, from the keys at hand. It is
   * called on each request with a remembered token. If it is missing, throws, or returns anything but `true`, the token is
   * verified again.
   */
  holds?(hint: KeyHint, key: CryptoKey): boolean
}

/** The source of the keys of an issuer. */
export interface KeySource {
  /**
   * Returns the one key that the header of a token asks for.
   *
   * @throws InvalidTokenError when there is none, or more than one; an error for 503 when the answer is not available now
   */
  find(header: JoseHeader): CryptoKey | Promise<CryptoKey>
  /**
   * Whether `find` would return this key for the header again. `false` also if that cannot be decided at once. Never throws.
   */
  holds(header: JoseHeader, key: CryptoKey): boolean
}

/** A source with keys that never change. */
export function givenKeys(keys: readonly VerificationKey[]): KeySource {
  return { find: (header) => choose(keys, header), holds: () => true }
}

/**
 * A source that calls a function for the key set each time. The keys are imported once for each returned object. Does not time
 * out: the function must do that.
 */
export function suppliedKeys(supply: () => unknown, algorithms: readonly string[] | null): KeySource {
  const imported = new WeakMap<JwkSet, Promise<readonly VerificationKey[]>>()
  // The latest key set that was supplied without a promise.
  let latest: { readonly jwks: JwkSet; readonly keys: readonly VerificationKey[] } | null = null

  return {
    async find(header) {
      const { jwks, isAtHand } = await supplied(supply)
      // This says nothing about the token: a cache may still be empty.
      if (!isJwkSet(jwks)) throw new UnavailableError(CANNOT_VERIFY, { cause: 'jwks gave no JSON Web Key Set' })
      const importing = imported.get(jwks) ?? importKeys(jwks.keys, algorithms)
      imported.set(jwks, importing)
      const keys = await importing
      latest = isAtHand ? { jwks, keys } : null
      return choose(keys, header)
    },
    holds(header, key) {
      if (latest === null) return false
      const { jwks, keys } = latest
      return holdsStill(() => {
        const answer = supply()
        return answer === jwks ? isTheOnlyOne(key, fittingKeys(keys, header)) : answer
      })
    }
  }
}

/** A source that delegates to a {@link KeyFinder}. */
export function foundKeys(finder: KeyFinder): KeySource {
  return {
    async find({ alg, kid }) {
      const key: unknown = await found(finder, { alg, kid })
      if (key === null || typeof key !== 'object') throw notValid('no key, or more than one, fits the header')
      return key as CryptoKey // jose checks the type before it uses the key
    },
    holds: ({ alg, kid }, key) => holdsStill(() => finder.holds?.({ alg, kid }, key))
  }
}

async function supplied(supply: () => unknown): Promise<{ readonly jwks: unknown; readonly isAtHand: boolean }> {
  try {
    const answer = supply()
    const jwks = await answer
    return { jwks, isAtHand: jwks === answer }
  } catch (cause) {
    throw unavailable(cause)
  }
}

async function found(finder: KeyFinder, hint: KeyHint): Promise<unknown> {
  try {
    return await finder.find(hint)
  } catch (cause) {
    throw unavailable(cause)
  }
}

function unavailable(cause: unknown): UnavailableError {
  const { retryAfter } = Object(cause) as { retryAfter?: unknown } // any thrown value can be destructured this way
  return new UnavailableError(CANNOT_VERIFY, { cause, ...(typeof retryAfter === 'number' && { retryAfter }) })
}

function holdsStill(ask: () => unknown): boolean {
  try {
    const answer = ask()
    if (typeof answer === 'boolean') return answer
    disregard(answer)
  } catch {
    // `find` reports the error.
  }
  return false
}

function isTheOnlyOne(key: CryptoKey, [found, another]: readonly VerificationKey[]): boolean {
  return found?.key === key && another === undefined
}

const CANNOT_VERIFY = 'Access tokens cannot be verified at the moment'

function choose(keys: readonly VerificationKey[], header: JoseHeader): CryptoKey {
  const [found, another] = fittingKeys(keys, header)
  if (found === undefined) throw notValid('no key fits the header')
  if (another !== undefined) throw notValid('more than one key fits the header')
  return found.key
}
