import { sign } from './foreign-keys.ts'
import type { Target } from './target.ts'
import type { NamedToken } from './unsigned.ts'

const HOUR = 3600

/** Tokens with the right key and a wrong claim or header. None without a test issuer: no other issuer signs them. */
export async function wrongTokens(target: Target): Promise<readonly NamedToken[]> {
  const { key, header, claims } = target
  if (key === null) return []
  const tokens: NamedToken[] = []
  for (const [name, changes] of Object.entries(wrongClaims(target, Math.floor(key.now() / 1000)))) {
    tokens.push([name, await sign({ ...claims, ...changes }, header, key.privateKey)])
  }
  for (const [name, { claims: more = {}, ...changes }] of Object.entries(wrongHeaders(target))) {
    tokens.push([name, await sign({ ...claims, ...more }, { ...header, ...changes }, key.privateKey)])
  }
  return tokens
}

// A claim that is `undefined` is left out of the token.
function wrongClaims({ issuer, audience, others }: Target, now: number): Readonly<Record<string, object>> {
  return {
    expired: { iat: now - 2 * HOUR, exp: now - HOUR },
    'no exp': { exp: undefined },
    'exp as a text': { exp: String(now + HOUR) },
    'exp null': { exp: null },
    'not yet valid': { nbf: now + HOUR, exp: now + 2 * HOUR },
    'issued in the future': { iat: now + HOUR, exp: now + 2 * HOUR },
    'another issuer': { iss: 'https://attacker.test' },
    'the issuer with a slash more': { iss: `${issuer}/` },
    'the issuer in a list': { iss: [issuer] },
    'no iss': { iss: undefined },
    'another audience': { aud: 'https://attacker.test' },
    'the audience with a slash more': { aud: `${audience}/` },
    'a part of the audience': { aud: audience.slice(0, -1) },
    'an empty list of audiences': { aud: [] },
    'no aud': { aud: undefined },
    'no sub': { sub: undefined },
    'an empty sub': { sub: '' },
    'sub as a number': { sub: 1 },
    'a token that is bound to a key': { cnf: { jkt: 'x'.repeat(43) } },
    ...Object.fromEntries(
      others.map((other) => [`the name of ${other.issuer} with this key`, { iss: other.issuer, aud: other.audience }])
    )
  }
}

/** Members that replace those of a header, and claims that go with them. */
interface WrongHeader {
  readonly [name: string]: unknown
  readonly claims?: object
}

function wrongHeaders({ typ }: Target): Readonly<Record<string, WrongHeader>> {
  return {
    'an ID token': { typ: 'JWT', claims: { nonce: 'n', at_hash: 'h', auth_time: 1 } },
    'a logout token': { typ: 'logout+jwt', claims: { events: {} } },
    'a DPoP proof': { typ: 'dpop+jwt', claims: { htm: 'GET', htu: 'https://api.test/' } },
    'a refresh token': { typ: 'rt+jwt' },
    ...(typ === 'at+jwt' && { 'a JWT that is not marked as an access token': { typ: 'JWT' } }),
    'an extension in crit': { crit: ['latchkey-testing'], 'latchkey-testing': true }
  }
}
