import { isObject } from '@latchkey/options'
import type { FastifyInstance } from 'fastify'
import { decodeJwt, decodeProtectedHeader, type JWK } from 'jose'
import type { TestPrincipal } from '../principal.ts'
import { type TrustedEntry, trustedEntries } from '../server.ts'
import { type TestKey, testKeyOf } from '../test-issuer.ts'
import { tokenSigner } from '../token.ts'

/** One trusted issuer whose tokens are forged. */
export interface Target {
  readonly issuer: string
  readonly audience: string
  readonly typ: 'at+jwt' | 'JWT'
  /** The algorithm and the key id of valid tokens. */
  readonly header: Readonly<Record<string, unknown>> & { readonly alg: string }
  /** The claims of a valid token. */
  readonly claims: Readonly<Record<string, unknown>>
  readonly publicKeys: readonly JWK[]
  /** Two valid tokens; `null` if only the issuer itself can sign. */
  readonly genuine: readonly [string, string] | null
  /** The key of a test issuer; `null` for any other issuer. */
  readonly key: TestKey | null
  /** The other trusted issuers whose keys are known, and differ from this key. */
  readonly others: readonly { readonly issuer: string; readonly audience: string }[]
}

/** Returns the trusted issuers of a context whose keys are known. Those with keys elsewhere would be asked over the network. */
export async function targetsOf(app: FastifyInstance, principal: TestPrincipal): Promise<readonly Target[]> {
  const known: { readonly entry: TrustedEntry; readonly publicKeys: readonly JWK[] }[] = []
  for (const entry of trustedEntries(app)) {
    const publicKeys = await knownKeys(entry)
    if (publicKeys !== null) known.push({ entry, publicKeys })
  }
  return Promise.all(known.map(async ({ entry, publicKeys }) => targetOf(entry, publicKeys)))

  async function targetOf(entry: TrustedEntry, publicKeys: readonly JWK[]): Promise<Target> {
    const sign = tokenSigner(app, entry)
    const genuine =
      sign && ([await sign(principal), await sign({ ...principal, subject: 'latchkey-testing-2' })] as const)
    const key = testKeyOf(entry) ?? null
    const audience = audienceOf(entry)
    const [first] = publicKeys
    const alg = first?.alg ?? entry.algorithms?.[0] ?? 'ES256'
    const typ = entry.typ ?? 'at+jwt'
    return {
      issuer: entry.issuer,
      audience,
      typ,
      // Cast: the token was signed, so its header has `alg`.
      header: genuine
        ? (decodeProtectedHeader(genuine[0]) as Target['header'])
        : { alg, typ, ...(first?.kid !== undefined && { kid: first.kid }) },
      claims: genuine ? decodeJwt(genuine[0]) : claimsFor(entry.issuer, audience, principal),
      publicKeys,
      genuine,
      key,
      others: known
        .filter((other) => other.entry !== entry && testKeyOf(other.entry) !== key)
        .map((other) => ({ issuer: other.entry.issuer, audience: audienceOf(other.entry) }))
    }
  }
}

/** The public keys of an entry that gives them; `null` if they are elsewhere, or the issuer is asked about its tokens. */
async function knownKeys({ jwks, introspection, dpop }: TrustedEntry): Promise<readonly JWK[] | null> {
  if (introspection !== undefined || dpop === 'required') return null
  // Cast: @latchkey/bearer has checked that it is a function, a key set, or an object that finds keys.
  const given = typeof jwks === 'function' ? await (jwks as () => unknown)() : jwks
  return isObject(given) && 'keys' in given ? (given['keys'] as readonly JWK[]) : null
}

function audienceOf({ audience }: TrustedEntry): string {
  return ([audience].flat() as [string])[0] // cast: @latchkey/bearer requires one
}

function claimsFor(issuer: string, audience: string, { subject, scopes = [] }: TestPrincipal): Target['claims'] {
  const iat = Math.floor(Date.now() / 1000)
  return {
    iss: issuer,
    sub: subject,
    aud: audience,
    client_id: 'latchkey-testing',
    iat,
    exp: iat + 300,
    scope: scopes.join(' ')
  }
}
