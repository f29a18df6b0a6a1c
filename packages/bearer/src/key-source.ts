import { UnavailableError } from '@latchkey/guard'
import { fittingKeys, importKeys, isJwkSet, type JwkSet, type KeyHint, type VerificationKey } from '@latchkey/issuer'
import type { CryptoKey } from 'jose'
import { disregard } from './disregard.ts'
import type { JoseHeader } from './jose-header.ts'
import { notValid } from './refusal.ts'

/** Finds keys by itself, as `remoteKeySet()` of `@latchkey/issuer` does. */
export interface KeyFinder {
  /**
   * The one key that a token asks for, or `null` when there is none or more than one. When that cannot be known now it
   * should throw: the answer is 503, and comes with the `retryAfter` in seconds of what was thrown, or with 5.
   */
  find(hint: KeyHint): CryptoKey | null | Promise<CryptoKey | null>
  /**
   * Whether `find` would give this very key for the hint now, by what is known without waiting. Asked for each token that is
   * remembered; where it is missing, or throws, or gives anything but `true`, the token is verified again.
   */
  holds?(hint: KeyHint, key: CryptoKey): boolean
}

/** Where the keys of an issuer come from. */
export interface KeySource {
  /**
   * The one key that a token's header asks for.
   *
   * @throws InvalidTokenError when there is none, or more than one; an error for 503 when that cannot be found out now
   */
  find(header: JoseHeader): CryptoKey | Promise<CryptoKey>
  /**
   * Whether this key would be found for the header again. `false` also where that cannot be told at once. Never throws.
   */
  holds(header: JoseHeader, key: CryptoKey): boolean
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
      // Nothing is known about the token: a cache may be empty yet.
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

/** Leaves it to the issuer's keys themselves to find one. */
export function foundKeys(finder: KeyFinder): KeySource {
  return {
    async find({ alg, kid }) {
      const key: unknown = await found(finder, { alg, kid })
      if (key === null || typeof key !== 'object') throw notValid('no key, or more than one, fits the header')
      return key as CryptoKey // jose looks what it is before it is used
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
  const { retryAfter } = Object(cause) as { retryAfter?: unknown } // whatever was thrown, it may be asked for its members
  return new UnavailableError(CANNOT_VERIFY, { cause, ...(typeof retryAfter === 'number' && { retryAfter }) })
}

function holdsStill(ask: () => unknown): boolean {
  try {
    const answer = ask()
    if (typeof answer === 'boolean') return answer
    disregard(answer)
  } catch {
    // find() tells about it.
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
