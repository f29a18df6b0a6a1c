const LEAST_BITS = 2048
const MOST_BITS = 8192
/** Four bytes: exponents stay below 2^32. The time of a verification grows with the length of the exponent. */
const MOST_EXPONENT_BYTES = 4

/** The numbers of an RSA public key in canonical base64url. */
export interface RsaNumbers {
  readonly n: string
  readonly e: string
}

/**
 * Returns the numbers of an RSA key of 2048 to 8192 bits whose public exponent is odd, at least 3 and below 2^32; `null` for
 * any other key. Checks the length of the numbers only, so that a hostile key causes no arithmetic.
 *
 * With an exponent of 1, every sender can forge a signature. An exponent as long as the modulus makes a verification as slow as
 * a signature.
 *
 * @see [RFC 7518 §6.3.1](https://www.rfc-editor.org/rfc/rfc7518#section-6.3.1)
 */
export function rsaNumbers(n: unknown, e: unknown): RsaNumbers | null {
  if (typeof n !== 'string' || typeof e !== 'string') return null
  const modulus = bytesOf(n)
  const bits = bitsOf(modulus)
  if (bits < LEAST_BITS || bits > MOST_BITS) return null
  const exponent = bytesOf(e)
  if (exponent.length === 0 || exponent.length > MOST_EXPONENT_BYTES) return null
  const value = exponent.readUIntBE(0, exponent.length)
  if (value < 3 || value % 2 === 0) return null
  return { n: modulus.toString('base64url'), e: exponent.toString('base64url') }
}

/** Removes leading zeros, which some issuers write before the modulus. */
function bytesOf(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  const first = bytes.findIndex((byte) => byte !== 0)
  return first === -1 ? Buffer.alloc(0) : bytes.subarray(first)
}

function bitsOf(bytes: Buffer): number {
  return bytes.length === 0 ? 0 : bytes.length * 8 - (Math.clz32(Number(bytes[0])) - 24)
}
