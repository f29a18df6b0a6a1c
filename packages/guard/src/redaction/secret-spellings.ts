import { inspect } from 'node:util'

/** Shorter texts are not secrets, and their removal would destroy the message. */
const SHORTEST = 4

/**
 * Returns the texts that reveal secrets: the secrets themselves, and their spellings in JSON, URLs, forms, Node's `inspect`,
 * hex and base64. The base64 may also be that of a longer text, such as the credentials of `Authorization: Basic`.
 */
export function spellingsOf(secrets: Iterable<string>): string[] {
  const known = [...new Set(secrets)].filter(isLongEnough)
  return [...new Set(known.flatMap(spell))].filter(isLongEnough)
}

function spell(secret: string): string[] {
  const bytes = Buffer.from(secret)
  // Encodes the bytes' text, because encodeURIComponent throws for lone surrogates.
  const percent = encodeURIComponent(bytes.toString())
  const form = new URLSearchParams({ '': secret }).toString().slice(1)
  const base64 = [bytes.toString('base64').replace(/=+$/, ''), ...[0, 1, 2].map((offset) => base64At(offset, bytes))]
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    inspect(secret, { breakLength: Infinity, maxStringLength: Infinity }).slice(1, -1),
    ...[percent, form].flatMap((encoded) => [encoded, encoded.replaceAll(/%../g, (byte) => byte.toLowerCase())]),
    bytes.toString('hex'),
    ...base64.flatMap((encoded) => [encoded, encoded.replaceAll('+', '-').replaceAll('/', '_')])
  ]
}

// Returns the part that is the same in the base64 of every text that holds these bytes at this offset in a group of three.
function base64At(offset: number, bytes: Buffer): string {
  const all = Buffer.concat([Buffer.alloc(offset), bytes])
  return all.toString('base64').slice(Math.ceil((offset * 4) / 3), Math.floor((all.length * 4) / 3))
}

function isLongEnough({ length }: string): boolean {
  return length >= SHORTEST
}
