import { InvalidOptionError } from '@latchkey/guard'
import type { JWK } from 'jose'

/**
 * Parses the keys in a text, such as the value of an environment variable: a JWK Set, as `npx latchkey-keys` prints it, or a
 * list of JWKs. Does not check the keys: the plugin does when it is registered.
 *
 * @example
 * ```ts
 * const keys = keysFromText(process.env.SIGNING_KEYS)
 * ```
 * @throws InvalidOptionError when the text is missing, or is not JSON of that form. The message does not quote the text
 */
export function keysFromText(text: string | undefined): readonly JWK[] {
  if (text === undefined || text.trim() === '') {
    throw fault('is missing: set the environment variable that it is read from to what "npx latchkey-keys" prints')
  }
  if (text.includes('-----BEGIN')) throw fault('is PEM text: set it to a JWK Set, as "npx latchkey-keys" prints one')
  const value = parsed(text)
  const keys = Array.isArray(value) ? value : keysOf(value)
  if (!Array.isArray(keys)) throw fault('is neither a JWK Set nor a list of JWKs: "npx latchkey-keys" prints one')
  return keys as readonly JWK[] // the plugin checks each key
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw fault('is no JSON: set it to what "npx latchkey-keys" prints, in quotation marks if a shell reads it')
  }
}

function keysOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined
}

function fault(fix: string): InvalidOptionError {
  return new InvalidOptionError('keysFromText()', 'text', fix)
}
