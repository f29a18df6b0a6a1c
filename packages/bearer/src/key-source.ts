import { UnavailableError } from '@latchkey/guard'
import { ReasonError } from '@latchkey/guard/plugin'
import {
  fittingKey,
  importKeys,
  isJwkSet,
  type JwkSet,
  type KeyHint,
  type KeySource,
  type VerificationKey
} from '@latchkey/issuer'
import { isCryptoKey } from 'node:util/types'
import type { CryptoKey } from 'jose'
import { disregard } from './disregard.ts'
import type { JoseHeader } from './jose-header.ts'
import { notValid } from './refusal.ts'

/**
 * Returns the one key that the header of a token asks for; a promise only if it is not at hand.
 *
 * @throws InvalidTokenError when there is none, or more than one; UnavailableError when the answer is not available now
 */
export function findKey(source: KeySource, header: JoseHeader): CryptoKey | Promise<CryptoKey> {
  return keyAtHand(source, header) ?? askForKey(source, header)
}

/** Returns the key that {@link findKey} would return without a promise, or `null`. Never throws. */
export function keyAtHand(source: KeySource, { alg, kid }: JoseHeader): CryptoKey | null {
  try {
    const answer: unknown = source.atHand?.({ alg, kid })
    if (isCryptoKey(answer)) return answer
    disregard(answer)
  } catch {
    // `find` reports the error.
  }
  return null
}

async function askForKey(source: KeySource, { alg, kid }: JoseHeader): Promise<CryptoKey> {
  const key = await found(source, { alg, kid })
  if (key === null || typeof key !== 'object') throw notValid('no key, or more than one key, matches the header')
  return key as CryptoKey // the verification of the signature checks the type
}

/** A source with keys that never change. */
export function givenKeys(keys: readonly VerificationKey[]): KeySource {
  const find = (hint: KeyHint): CryptoKey | null => fittingKey(keys, hint)
  return { find, atHand: find }
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
    async find(hint) {
      const answer = supply()
      const jwks = await answer
      // This says nothing about the token: a cache may still be empty.
      if (!isJwkSet(jwks)) throw new ReasonError('jwks returned no JSON Web Key Set')
      let importing = imported.get(jwks)
      if (importing === undefined) {
        importing = importKeys(jwks.keys, algorithms)
        imported.set(jwks, importing)
        // The next call imports again.
        importing.catch(() => imported.delete(jwks))
      }
      const keys = await importing
      latest = jwks === answer ? { jwks, keys } : null
      return fittingKey(keys, hint)
    },
    atHand(hint) {
      if (latest === null) return null
      const answer = supply()
      if (answer === latest.jwks) return fittingKey(latest.keys, hint)
      disregard(answer)
      return null
    }
  }
}

async function found(source: KeySource, hint: KeyHint): Promise<unknown> {
  try {
    return await source.find(hint)
  } catch (cause) {
    const { retryAfter } = Object(cause) as { retryAfter?: unknown } // any thrown value can be destructured this way
    throw new UnavailableError('Access tokens cannot be verified at the moment', {
      cause,
      ...(typeof retryAfter === 'number' && { retryAfter })
    })
  }
}
