import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import bearer from '@latchkey/bearer'
import guard, { authenticated } from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import fc from 'fast-check'
import Fastify, { type FastifyServerOptions } from 'fastify'
import t, { type Test } from 'tap'
import { bound, client, ORIGIN, proofRefused, show } from './fixtures/dpop.ts'
import { issuer, NOW } from './fixtures/issuer.ts'
import { honoured } from './fixtures/server.ts'

const OTHER_URI = proofRefused('htu is not the URI of the request')

for (const [name, htu] of [
  ['as it is', 'https://api.example.com/me'],
  ['with a query', 'https://api.example.com/me?page=2'],
  ['with a fragment', 'https://api.example.com/me#top'],
  ['with the port that https has', 'https://api.example.com:443/me'],
  ['in capital letters, as far as they make no difference', 'HTTPS://API.EXAMPLE.COM/me'],
  ['with letters that need no encoding', 'https://api.example.com/%6de'],
  ['with dots that lead nowhere', 'https://api.example.com/x/.././me']
] as const) {
  t.test(`accepts the URI of the request ${name} (SEC-76)`, async (t) => {
    const { app, token, prove } = await bound(t)
    t.same(await show(app, token, await prove(token, { htu }), { url: '/me?page=1' }), honoured)
  })
}

for (const htu of [
  'https://api.example.com/',
  'https://api.example.com/me/',
  'https://api.example.com/ME',
  'https://api.example.com//me',
  'https://api.example.com/me%2F',
  'https://api.example.com/m%65%',
  'https://api.example.com\\me',
  'https://api.example.com/me ',
  'https://api.example.com/mé',
  'https://api.example.com.:443/me',
  'https://api.example.com:444/me',
  'http://api.example.com/me',
  'https://ada@api.example.com/me',
  'https://:secret@api.example.com/me',
  'https://api.example.com@other.example.com/me',
  'https://other.example.com/me',
  'https://[/me',
  'wss://api.example.com/me',
  'https:api.example.com/me',
  '//api.example.com/me',
  '/me',
  'me'
]) {
  t.test(`refuses a proof for ${htu} (SEC-76)`, async (t) => {
    const { app, token, prove } = await bound(t)
    t.same(await show(app, token, await prove(token, { htu })), OTHER_URI)
  })
}

t.test('ignores headers about its own location (SEC-30)', async (t) => {
  const { app, token, prove } = await bound(t)
  const elsewhere = 'https://other.example.com/me'
  const headers = {
    host: 'other.example.com',
    'x-forwarded-host': 'other.example.com',
    'x-forwarded-proto': 'https',
    forwarded: 'host=other.example.com;proto=https'
  }
  t.same(await show(app, token, await prove(token, { htu: elsewhere }), { headers }), OTHER_URI)
  t.same(await show(app, token, await prove(token), { headers }), honoured)
})

interface Anywhere {
  /** Returns the status of a request for exactly this target, with a proof for this URI. */
  readonly status: (target: string, htu: string) => Promise<number>
}

/** A server with one route for every path, and a client with a token that is bound to its key. */
async function anywhere(t: Test, options: FastifyServerOptions = {}): Promise<Anywhere> {
  const { trusted, sign } = await issuer()
  const { jkt, prove } = await client()
  const app = Fastify(options)
  t.teardown(() => app.close())
  await app.register(guard)
  await app.register(bearer, {
    issuers: [{ ...trusted, dpop: 'required' }],
    dpop: { origin: ORIGIN, replay: memoryStore({ now: () => NOW * 1000 }).dpopReplay },
    now: () => NOW * 1000
  })
  app.get('/*', { config: { access: authenticated } }, async () => 'ok')
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo // it listens on TCP
  const token = await sign({ cnf: { jkt } })
  return {
    async status(target, htu) {
      const headers = { authorization: `DPoP ${token}`, dpop: await prove(token, { htu }) }
      // inject() and fetch() both normalize the target.
      const sent = request({ host: '127.0.0.1', port, path: target, headers }).end()
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      response.resume()
      await once(response, 'end')
      return Number(response.statusCode)
    }
  }
}

t.test('uses the path of a request with a host in its first line, and the configured host (SEC-30)', async (t) => {
  const { status } = await anywhere(t)
  const target = 'http://other.example.com/items'
  t.equal(await status(target, `${ORIGIN}/items`), 200)
  t.equal(await status(target, target), 401)
  t.equal(await status('http://other.example.com?/items', `${ORIGIN}/items`), 401)
  t.equal(await status('*', `${ORIGIN}*`), 401)
})

t.test('compares the proof with the requested URL, not with the rewritten one (SEC-76)', async (t) => {
  const { status } = await anywhere(t, { rewriteUrl: () => '/inside' })
  t.equal(await status('/outside', `${ORIGIN}/outside`), 200)
  t.equal(await status('/outside', `${ORIGIN}/inside`), 401)
})

const RESERVED = /[!$&()*+,;=:@]/
const segment = fc
  .string({ unit: fc.constantFrom(...Array.from('abzAZ09-._~!$&()*+,;=:@')), minLength: 1, maxLength: 6 })
  .filter((text) => text !== '.' && text !== '..')
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`)
const choices = fc.infiniteStream(fc.nat({ max: 3 }))

t.test('treats equivalent spellings of the URI as equal, in the request and in the proof (SEC-76)', async (t) => {
  const { status } = await anywhere(t)
  await fc.assert(
    fc.asyncProperty(path, choices, choices, async (plain, one, other) => {
      t.equal(await status(spelled(plain, one), ORIGIN + spelled(plain, other)), 200, plain)
    })
  )
})

t.test('removes dot segments after a segment that starts with a dot (SEC-76)', async (t) => {
  const { status } = await anywhere(t)
  t.equal(await status('/a/.well-known/x/../jwks', `${ORIGIN}/a/.well-known/jwks`), 200)
  t.equal(await status('/a/.well-known/../jwks', `${ORIGIN}/a/jwks`), 200)
})

t.test('does not treat a similar URI as equal (SEC-76)', async (t) => {
  const { status } = await anywhere(t)
  await fc.assert(
    fc.asyncProperty(path, path, async (one, other) => {
      t.equal(await status(one, ORIGIN + other), one === other ? 200 : 401, `${one} by ${other}`)
    })
  )
  await fc.assert(
    fc.asyncProperty(
      path.filter((plain) => RESERVED.test(plain)),
      async (plain) => {
        const htu = ORIGIN + plain.replace(RESERVED, (sign) => encoded(sign, true))
        t.equal(await status(plain, htu), 401, `${plain} by ${htu}`)
      }
    )
  )
})

/** Returns the same path in a random equivalent spelling. */
function spelled(plain: string, stream: fc.Stream<number>): string {
  const choose = (): number => stream.next().value ?? 0
  return plain
    .replace(/[A-Za-z0-9\-._~]/g, (letter) => (choose() === 0 ? encoded(letter, choose() > 1) : letter))
    .replace(/\//g, () => ['/', '/./', '/x/../', '/x/%2E%2e/'][choose()] ?? '/')
}

function encoded(character: string, inCapitals: boolean): string {
  const digits = character.charCodeAt(0).toString(16)
  return `%${inCapitals ? digits.toUpperCase() : digits}`
}
