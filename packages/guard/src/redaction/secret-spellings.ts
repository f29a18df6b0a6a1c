import { inspect } from 'node:util'

/** Shorter texts are no secrets, and would leave nothing of a message. */
const SHORTEST = 4

/**
 * The texts that give secrets away: they themselves, and as they stand in JSON, in a URL, in a form, in what Node prints of
 * an object, in hex, and in base64, of themselves or of a longer text such as the credentials of `Authorization: Basic`.
 */
export function spellingsOf(secrets: Iterable<string>): string[] {
  const known = [...new Set(secrets)].filter(isLongEnough)
  return [...new Set(known.flatMap(spell))].filter(isLongEnough)
}

function spell(secret: string): string[] {
  const bytes = Buffer.from(secret)
  // Of the bytes, because it throws for lone surrogates.
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

// What is the same in the base64 of every text that holds these bytes at such an offset in a group of three.
function base64At(offset: number, bytes: Buffer): string {
  const all = Buffer.concat([Buffer.alloc(offset), bytes])
  return all.toString('base64').slice(Math.ceil((offset * 4) / 3), Math.floor((all.length * 4) / 3))
}

function isLongEnough({ length }: string): boolean {
  return length >= SHORTEST
}
