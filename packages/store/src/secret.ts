const FEWEST_BYTES = 32
const FEWEST_CHARACTERS = 10
const PLACEHOLDER = /change.?me|secret|passw|example|placeholder|default|123456|abcdef/i
// A key of another kind, as PEM or JWK: its public half is a secret to nobody.
const KEY = /-----BEGIN|"kty"/
const REPEATED = /^(.{1,64}?)\1+.?$/s
// The shortest of hexadecimal, base64 and base64url that 32 bytes can be written in is of 43 characters.
const ENCODED_BYTES = /^[A-Za-z0-9+/_-]{43,}={0,2}$/

/**
 * Whether a text is shorter than 32 bytes, repetitive, a key in PEM or JWK, or looks like a placeholder. A random secret
 * is not weak; what people think up may pass for one that is not, and is no better for it.
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

/**
 * What is wrong with a list of secrets that keys are to be derived from, as the end of a sentence, or `undefined` when
 * each is 32 encoded bytes or more and none of them is weak. A check for the options of plugins.
 */
export function secretsFault(value: unknown): string | undefined {
  if (Array.isArray(value) && value.length > 0 && value.every(isSecret)) return undefined
  return 'must be a list of secrets, each 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them. Is the environment variable set?'
}

function isSecret(value: unknown): boolean {
  return typeof value === 'string' && ENCODED_BYTES.test(value) && !isWeakSecret(value)
}
