import { checkArgument, isRecord, must, RegistrationError } from '@latchkey/options'
import type { JWK } from 'jose'

/**
 * Parses the keys in a text, such as the value of an environment variable: a JWK Set, as `npx latchkey-keys` prints it, or a
 * list of JWKs. Does not check the keys: the plugin does when it is registered.
 *
 * @example
 * ```ts
 * const keys = keysFromText(process.env.SIGNING_KEYS)
 * ```
 * @throws RegistrationError when the text is missing, or is not JSON of that form. The message does not quote the text
 */
export function keysFromText(text: string | undefined): readonly JWK[] {
  return keysOf(parsed(checkArgument(NAME, 'text', schema, text)))
}

const NAME = 'keysFromText()'
const PRINTED = 'set the environment variable that it is read from to what "npx latchkey-keys" prints'
const JSON_OF_KEYS = 'be the JSON of a JWK Set, or of a list of JWKs'

const schema = must<string>(
  JSON_OF_KEYS,
  (value) => typeof value === 'string' && value.trim() !== '' && !value.includes('-----BEGIN'),
  PRINTED
)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The message of the caught error quotes the text.
    throw fault('no JSON', `${PRINTED}, in quotation marks if a shell reads it`)
  }
}

function keysOf(value: unknown): readonly JWK[] {
  const keys = isRecord(value) ? value['keys'] : value
  if (!Array.isArray(keys)) throw fault('other JSON', PRINTED)
  return keys as readonly JWK[] // the plugin checks each key
}

function fault(got: string, fix: string): RegistrationError {
  return new RegistrationError(NAME, `argument "text" must ${JSON_OF_KEYS}; got ${got}. Fix: ${fix}`)
}
