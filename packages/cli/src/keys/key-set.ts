import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { generateSigningKey, keysFromText, type SigningAlgorithm } from '@latchkey/token-endpoint'
import { isObject } from '@latchkey/options'
import { CommandError } from '../command-error.ts'

/** A key of a key set, as `keysFromText()` returns it. */
export type Key = ReturnType<typeof keysFromText>[number]

/** Where a key set comes from. */
export interface KeySetSource {
  /** The environment variable. */
  readonly variable: string
  /** A file, or `-` for the standard input. */
  readonly file?: string | undefined
}

/**
 * Reads a key set.
 *
 * @throws CommandError when there is none, or it is not the JSON of a key set. The message does not quote it
 */
export async function readKeySet({ variable, file }: KeySetSource): Promise<readonly Key[]> {
  const found = file === undefined ? process.env[variable] : await readText(file)
  try {
    const keys = keysFromText(found)
    if (keys.length > 0 && keys.every(isObject)) return keys
    throw new TypeError('The list is empty, or has a member that is no key')
  } catch (cause) {
    const place = file === undefined ? `the environment variable ${variable}` : 'the file'
    const fix = 'Fix: make one with "latchkey keys new"'
    throw new CommandError(`${place} must have the JSON of a key set, or of a list of keys. ${fix}`, { cause })
  }
}

async function readText(file: string): Promise<string> {
  if (file === '-') return text(process.stdin)
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CommandError(`${file}: the file cannot be read`, { cause })
  })
}

/** The next step of a rotation, and the key set after it. */
export interface RotationStep {
  readonly step: 'published' | 'signs'
  readonly keys: readonly Key[]
}

/**
 * Takes the next step of a rotation. A key set with one private key gets a new private key at its end: it is
 * published, and does not sign yet. Otherwise the next private key moves to the front and signs, and the one that signed before becomes public.
 *
 * @param alg - of a new key. Default: that of the key that signs
 * @throws CommandError when no key is private
 */
export async function rotated(keys: readonly Key[], alg: SigningAlgorithm | undefined): Promise<RotationStep> {
  const [signer, next] = keys.filter(isPrivate)
  if (signer === undefined) {
    throw new CommandError('the key set has no private key, so no key signs. Fix: make one with "latchkey keys new"')
  }
  if (next !== undefined) {
    const rest = keys.filter((key) => key !== next)
    return { step: 'signs', keys: [next, ...rest.map((key) => (key === signer ? publicPart(key) : key))] }
  }
  const made = await generateSigningKey(alg ?? (signer.alg as SigningAlgorithm | undefined))
  return { step: 'published', keys: [...keys, made] }
}

/** Whether a key can sign. The others are those of earlier rotations, and verify only. */
export function isPrivate(key: Key): boolean {
  return 'd' in key
}

// RFC 7518 §6: the private members of EC, OKP and RSA keys.
const PRIVATE_MEMBERS = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth'])

function publicPart(key: Key): Key {
  return Object.fromEntries(Object.entries(key).filter(([name]) => !PRIVATE_MEMBERS.has(name)))
}
