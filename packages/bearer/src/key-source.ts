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
import type { CryptoKey } from 'jose'
import { disregard } from './disregard.ts'
import type { JoseHeader } from './jose-header.ts'
import { notValid } from './refusal.ts'

/**
 * Returns the one key that the header of a token asks for.
 *
 * @throws InvalidTokenError when there is none, or more than one; UnavailableError when the answer is not available now
 */
export async function findKey(source: KeySource, { alg, kid }: JoseHeader): Promise<CryptoKey> {
  const key = await found(source, { alg, kid })
  if (key === null || typeof key !== 'object') throw notValid('no key, or more than one key, matches the header')
  return key as CryptoKey // jose checks the type before it uses the key
}

/** Whether {@link findKey} would return this key for the header again. `false` also if the source cannot tell. Never throws. */
export function holdsKey(source: KeySource, { alg, kid }: JoseHeader, key: CryptoKey): boolean {
  try {
    const answer: unknown = source.holds?.({ alg, kid }, key)
    if (typeof answer === 'boolean') return answer
    disregard(answer)
  } catch {
    // `find` reports the error.
  }
  return false
}

/** A source with keys that never change. */
export function givenKeys(keys: readonly VerificationKey[]): KeySource {
  return { find: (hint) => fittingKey(keys, hint), holds: () => true }
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
      const importing = imported.get(jwks) ?? importKeys(jwks.keys, algorithms)
      imported.set(jwks, importing)
      const keys = await importing
      latest = jwks === answer ? { jwks, keys } : null
      return fittingKey(keys, hint)
    },
    holds(hint, key) {
      if (latest === null) return false
      const answer = supply()
      if (answer === latest.jwks) return fittingKey(latest.keys, hint) === key
      disregard(answer)
      return false
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
