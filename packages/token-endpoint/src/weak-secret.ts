const FEWEST_BYTES = 32
const FEWEST_CHARACTERS = 10
const PLACEHOLDER = /change.?me|secret|passw|example|placeholder|default|123456|abcdef/i
// A key of another kind, as PEM or JWK: its public half is a secret to nobody.
const KEY = /-----BEGIN|"kty"/
const REPEATED = /^(.{1,64}?)\1+.?$/s

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
