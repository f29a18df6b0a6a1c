const FEWEST_BYTES = 32
const FEWEST_CHARACTERS = 10
const PLACEHOLDER = /change.?me|secret|passw|example|placeholder|default|123456|abcdef/i
// A PEM or JWK key: its public half is not secret.
const KEY = /-----BEGIN|"kty"/
const REPEATED = /^(.{1,64}?)\1+.?$/s
const ENCODED = /^[A-Za-z0-9+/_-]*={0,2}$/
// 32 bytes need at least 43 characters, in the shortest of hexadecimal, base64 and base64url.
const FEWEST_ENCODED = 43

/**
 * Whether a text is shorter than 32 bytes, repetitive, a key in PEM or JWK, or looks like a placeholder. A random secret is
 * never reported as weak. Some secrets that people made up are not reported either; they are still weak.
 */
export function isWeakSecret(secret: string): boolean {
  return (
    Buffer.byteLength(secret) < FEWEST_BYTES ||
    new Set(secret).size < FEWEST_CHARACTERS ||
    REPEATED.test(secret) ||
    PLACEHOLDER.test(secret) ||
    KEY.test(secret)
  )
}

const MUST =
  'must be a list of secrets, each 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them'

/**
 * Checks a list of secrets for key derivation, for the options of plugins. Returns `undefined` when each secret is 32 encoded
 * bytes or more and none is weak. Otherwise returns the fault as the end of a sentence that begins with the name of the option.
 * It names the position in the list, and never quotes a secret.
 *
 * @example
 * ```ts
 * const fault = mustBeSecrets([process.env['SECRET']])
 * if (fault !== undefined) throw new TypeError(`option "secrets" ${fault}`)
 * ```
 */
export function mustBeSecrets(value: unknown): string | undefined {
  if (isUnset(value)) return `${MUST}. Is the environment variable set?`
  if (!Array.isArray(value)) return `${MUST}; this is no list`
  if (value.length === 0) return `${MUST}; the list is empty`
  for (const [index, secret] of value.entries()) {
    const fault = secretFault(secret)
    if (fault !== undefined) return `${MUST}; number ${index + 1} of the list ${fault}`
  }
  return undefined
}

function secretFault(secret: unknown): string | undefined {
  if (isUnset(secret)) return 'is not set. Is the environment variable set?'
  if (typeof secret !== 'string') return 'is no text'
  if (KEY.test(secret)) return 'is a key as PEM or JWK, not a secret'
  if (!ENCODED.test(secret)) return 'has characters that none of the three encodings has'
  if (secret.replace(/=+$/, '').length < FEWEST_ENCODED) return 'is shorter than 32 bytes'
  return isWeakSecret(secret) ? 'repeats itself, or looks like a placeholder' : undefined
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === ''
}
