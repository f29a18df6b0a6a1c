import { faultless, listOf, type Schema } from '@latchkey/options'

const FEWEST_BYTES = 32
const FEWEST_CHARACTERS = 10
// Long enough that random secrets have none of them: of 64 hexadecimal digits, one in 100,000 contains abcdef or 123456.
const PLACEHOLDER = /change.?me|secret|passw[do]|example|placeholder|default|12345678|abcdefgh/i
// A PEM or JWK key: its public half is not secret.
const KEY = /-----BEGIN|"kty"/
const REPEATED = /^(.{1,64}?)\1+.?$/s
const ENCODED = /^[A-Za-z0-9+/_-]*={0,2}$/
// 32 bytes need at least 43 characters, in the shortest of hexadecimal, base64 and base64url.
const FEWEST_ENCODED = 43

/**
 * Whether a text is shorter than 32 bytes, repetitive, a key in PEM or JWK, or looks like a placeholder. Of ten million
 * random secrets about one is reported. Some secrets that people made up are not reported; they are still weak.
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

const SECRET =
  'must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got'

/**
 * The schema of a list of secrets for key derivation, for the options of plugins. Each secret is 32 encoded bytes or more, and
 * none is weak. The message names the position in the list, and never quotes a secret.
 */
export const secrets: Schema<readonly string[]> = listOf(
  'be a list of at least one secret, such as [process.env.SECRET]',
  faultless<string>((value) => {
    const weakness = weaknessOf(value)
    return weakness === undefined ? undefined : `${SECRET} ${weakness}`
  }),
  1
)

function weaknessOf(secret: unknown): string | undefined {
  if (secret === undefined || secret === '') return 'nothing. Fix: set the environment variable that it is read from'
  if (typeof secret !== 'string') return 'a value that is no string'
  if (KEY.test(secret)) return 'a key as PEM or JWK'
  if (!ENCODED.test(secret)) return 'characters that none of the three encodings has'
  if (secret.replace(/=+$/, '').length < FEWEST_ENCODED) return 'less than 32 bytes'
  return isWeakSecret(secret) ? 'a secret that repeats itself, or looks like a placeholder' : undefined
}
