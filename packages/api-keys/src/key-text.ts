import { randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { sha256 } from '@latchkey/guard/plugin'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 30 digits of base 62 are 178 random bits. */
const RANDOM_LENGTH = 30
/** The largest number of 32 bits has 6 digits. */
const CHECKSUM_LENGTH = 6
const LENGTH = RANDOM_LENGTH + CHECKSUM_LENGTH

/** The texts of the keys with one prefix. */
export interface KeyTexts {
  /** Makes a new key. */
  create(): string
  /** Whether a text has the form of a key, and the right checksum. Does not ask the store. */
  isWellFormed(text: string): boolean
}

/**
 * Returns the regular expression that finds the keys with a prefix in a text, for secret scanning. It has no flags and no
 * look-around, so that other engines of regular expressions accept its `source`. Does not check the checksum.
 *
 * @param prefix - the option `prefix`
 *
 * @example
 * ```ts
 * apiKeyPattern('acme').source // '\\bacme_[0-9A-Za-z]{36}\\b'
 * ```
 */
export function apiKeyPattern(prefix: string): RegExp {
  return new RegExp(`\\b${prefix}_[0-9A-Za-z]{${LENGTH}}\\b`)
}

/**
 * A key is the prefix, `_`, 30 random digits of base 62, and a checksum of 6 digits: the CRC32 of all characters before it.
 * The checksum finds typing errors. It does not make a key harder to guess.
 */
export function keyTexts(prefix: string): KeyTexts {
  const form = new RegExp(`^${prefix}_[0-9A-Za-z]{${LENGTH}}$`)
  return {
    create() {
      const digits = Array.from({ length: RANDOM_LENGTH }, () => DIGITS[randomInt(DIGITS.length)])
      const unchecked = `${prefix}_${digits.join('')}`
      return unchecked + checksumOf(unchecked)
    },
    isWellFormed: (text) =>
      form.test(text) && checksumOf(text.slice(0, -CHECKSUM_LENGTH)) === text.slice(-CHECKSUM_LENGTH)
  }
}

/** The identifier of a key: its SHA-256. A slow hash protects secrets that can be guessed; 178 random bits cannot be. */
export function keyId(text: string): string {
  return sha256(text)
}

function checksumOf(text: string): string {
  let digits = ''
  for (let rest = crc32(text); digits.length < CHECKSUM_LENGTH; rest = Math.floor(rest / DIGITS.length)) {
    digits = `${DIGITS[rest % DIGITS.length]}${digits}`
  }
  return digits
}
