import { existsSync, readFileSync } from 'node:fs'
import { importKeys } from '@latchkey/issuer'
import type { CryptoKey } from 'jose'
import t from 'tap'

const VECTORS = 401
const file = new URL('../../../../shared/corpora/wycheproof/json_web_signature_test.json', import.meta.url)

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

interface Corpus {
  readonly testGroups: readonly {
    readonly public?: object
    readonly private: object
    readonly tests: readonly { tcId: number; comment: string; jws: string; result: 'valid' | 'invalid' }[]
  }[]
}

/** Vectors that the corpus marks as valid and that are refused on purpose. */
const refused: ReadonlyMap<string, readonly number[]> = new Map([
  ['HS256 is no algorithm for access tokens: it is symmetric', [1, 348, 352, 357, 358, 359, 372, 373, 376, 377]],
  ['the "alg" of the key is PS256, and the token says PS384', [346, 350]],
  ['the "alg" of the key is ES521, which no specification knows', [347, 351]]
])

// The vectors are signatures over any payload, and the plugin verifies only those over claims. So this runs the same steps, in
// the same order, as the plugin does before and after it reads the claims.
interface Header {
  readonly alg: string
}
interface Inside {
  parseCompactJws(token: string): { readonly header: object; readonly payload: Buffer }
  readJoseHeader(header: object): Header
  givenKeys(keys: unknown): object
  findKey(source: object, header: Header): CryptoKey | Promise<CryptoKey>
  signatureFault(jws: object, alg: string, key: CryptoKey): string | null
}
const files = ['compact-jws', 'jose-header', 'key-source', 'signature'].map((name) => `../src/${name}.ts`)
const modules: object[] = await Promise.all(files.map(async (file) => import(new URL(file, import.meta.url).href)))
// Cast: the four files export these functions.
const { parseCompactJws, readJoseHeader, givenKeys, findKey, signatureFault } = Object.assign({}, ...modules) as Inside

async function verifyJws(token: string, jwks: { keys: readonly object[] }): Promise<string> {
  const jws = parseCompactJws(token)
  const header = readJoseHeader(jws.header)
  const keys = givenKeys(await importKeys(jwks.keys, algorithms))
  const fault = signatureFault(jws, header.alg, await findKey(keys, header))
  if (fault !== null) return fault
  return Buffer.from(jws.payload).toString('base64url') === token.split('.')[1] ? 'valid' : 'another payload'
}

async function verdict(token: string, jwk: object): Promise<string> {
  try {
    return await verifyJws(token, { keys: [jwk] })
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'LATCHKEY_INVALID_TOKEN'
      ? 'refused'
      : String(error)
  }
}

const skip = existsSync(file) ? false : `${VECTORS} vectors skipped: no corpora`
t.test('agrees with Wycheproof on every signature (SEC-42, SEC-43, SEC-48)', { skip }, async (t) => {
  const corpus = JSON.parse(readFileSync(file, 'utf8')) as Corpus
  const exceptions = new Map([...refused].flatMap(([reason, ids]) => ids.map((id) => [id, reason])))
  let judged = 0
  for (const group of corpus.testGroups) {
    for (const { tcId, comment, jws, result } of group.tests) {
      const exception = exceptions.get(tcId)
      const expected = result === 'valid' && exception === undefined ? ['valid'] : ['refused', 'the signature is wrong']
      t.ok(
        expected.includes(await verdict(jws, group.public ?? group.private)),
        `${tcId} ${comment} ${exception ?? ''}`
      )
      if (exception !== undefined) t.equal(result, 'valid', `${tcId} is a necessary exception`)
      judged++
    }
  }
  t.equal(judged, VECTORS)
})
