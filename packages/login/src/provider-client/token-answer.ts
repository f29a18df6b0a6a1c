import { isRecord } from '@latchkey/options'
import { LoginError } from '../errors.ts'
import type { Claims, Provider } from '../providers/provider.ts'

/** Returns the JSON object in the body of an answer of any content type; `null` if there is none. */
export function jsonObject(body: Uint8Array | string): Claims | null {
  try {
    const text = typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body)
    const json: unknown = JSON.parse(text)
    return isRecord(json) ? json : null
  } catch {
    return null
  }
}

/**
 * Returns an answer of the token endpoint, corrected by the provider's `tokenResponse`.
 *
 * @throws LoginError when `tokenResponse` throws or does not return an object
 */
export function mended(answer: Claims, { tokenResponse }: Pick<Provider, 'tokenResponse'>): Claims {
  if (tokenResponse === undefined) return answer
  const mine: unknown = attempt(() => tokenResponse(answer))
  if (isRecord(mine) && !('then' in mine)) return mine
  // An async function may still reject.
  Promise.resolve(mine).catch(() => undefined)
  throw new LoginError('provider_error', { cause: 'tokenResponse must return an object, not a promise' })
}

function attempt<Value>(call: () => Value): Value {
  try {
    return call()
  } catch {
    // The error may quote a token.
    throw new LoginError('provider_error', { cause: 'tokenResponse threw an error' })
  }
}
