import { once } from 'node:events'
import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import { everyone } from '@latchkey/guard'
import { type SignIn, SessionTooLargeError, SessionTooLateError } from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import { cookieOf, linesOf, serverWith, signIn, start, statusOf, subjectOf } from './fixtures/server.ts'

const alice: SignIn = { subject: 'alice' }

function addGet(
  url: string,
  handler: (reply: FastifyReply) => unknown
): { after: (app: FastifyInstance) => Promise<void> } {
  return {
    after: async (app) => {
      app.get(url, { config: { access: everyone } }, async (_request, reply) => handler(reply))
    }
  }
}

t.test('creates a new identifier at each sign-in and ends the earlier session of the browser (SEC-126)', async (t) => {
  const app = await serverWith(t)
  const planted = await signIn(app, { subject: 'mallory', scopes: ['all'], claims: { cart: 'planted' } })
  const own = await signIn(app, alice, { cookie: planted })
  t.not(own, planted)
  t.equal(await subjectOf(app, planted), null)
  t.same(await app.sessions.list('mallory'), [])
  like(t, (await app.inject({ url: '/me', headers: { cookie: own } })).json(), {
    subject: 'alice',
    scopes: [],
    claims: {}
  })
  const again = await signIn(app, alice, { cookie: own })
  t.equal(await statusOf(app, own), 401)
  t.equal(await statusOf(app, again), 200)
  t.equal((await app.sessions.list('alice')).length, 1)
})

t.test('stores only a hash of the identifier, from which no cookie can be made', async (t) => {
  const store = memoryStore({ now: () => 0 })
  const app = await serverWith(t, { options: { store } })
  await signIn(app, { ...alice, upstream: { issuer: 'https://id.example', sid: 's1' } }, { 'user-agent': 'x' })
  const [session] = await store.sessions.list('alice')
  like(t, session, {
    id: /^[\w-]{43}$/,
    createdAt: start,
    lastSeenAt: start,
    expiresAt: start + 14 * 86_400,
    label: null,
    upstream: { issuer: 'https://id.example', sid: 's1' }
  })
  t.equal((await app.sessions.list('alice'))[0]?.id, session?.id)
})

t.test('does not change the principal of the request, and sets only the last of several cookies', async (t) => {
  const app = await serverWith(
    t,
    addGet('/twice', async (reply) => {
      await reply.signIn({ subject: 'first' })
      await reply.signIn({ subject: 'second', scopes: new Set(['a']), authenticatedAt: start - 60, label: null })
      return { subject: reply.request.principalIfAny?.subject ?? null }
    })
  )
  const response = await app.inject('/twice')
  t.same(response.json(), { subject: null })
  const cookie = cookieOf(response)
  like(t, (await app.inject({ url: '/me', headers: { cookie } })).json(), {
    subject: 'second',
    scopes: ['a'],
    authenticatedAt: start - 60
  })
  t.same(await app.sessions.list('first'), [])
})

t.test('takes scopes that can be read once, as a generator gives them', async (t) => {
  const scopes = new Set(['a', 'b']).values()
  const app = await serverWith(
    t,
    addGet('/sign-in', async (reply) => reply.signIn({ subject: 'alice', scopes }))
  )
  const cookie = cookieOf(await app.inject('/sign-in'))
  like(t, (await app.inject({ url: '/me', headers: { cookie } })).json(), { subject: 'alice', scopes: ['a', 'b'] })
})

t.test('stores no session when a handler signs in and out', async (t) => {
  const app = await serverWith(
    t,
    addGet('/both', async (reply) => {
      await reply.signIn(alice)
      await reply.signOut()
    })
  )
  const response = await app.inject('/both')
  like(t, linesOf(response), [/^__Host-session=; Max-Age=0/])
  t.same(await app.sessions.list('alice'), [])
})

t.test(
  'refuses a session that does not fit into a cookie, and the browser keeps its earlier cookie (SEC-130, FAULT-26)',
  async (t) => {
    const app = await serverWith(t, {
      after: async (app) => {
        app.post<{ Body: SignIn }>('/grow', { config: { access: everyone } }, async ({ body }, reply) => {
          const error: unknown = await reply.signIn(body).catch((error: unknown) => error)
          return { tooLarge: error instanceof SessionTooLargeError }
        })
      }
    })
    const cookie = await signIn(app)
    const headers = { cookie, 'sec-fetch-site': 'same-origin' }
    const grow = (size: number) =>
      app.inject({ method: 'POST', url: '/grow', headers, payload: { ...alice, claims: { text: 'x'.repeat(size) } } })
    const tooLarge = await grow(3_000)
    t.same(tooLarge.json(), { tooLarge: true })
    t.same(linesOf(tooLarge), [])
    t.equal(await statusOf(app, cookie), 200)
    t.equal((await app.sessions.list('alice')).length, 1)

    let [fits, fails] = [2_000, 3_000]
    while (fails - fits > 1) {
      const size = Math.floor((fits + fails) / 2)
      const response = await grow(size)
      if (response.json().tooLarge === true) fails = size
      else {
        fits = size
        t.ok(Buffer.byteLength(linesOf(response)[0] ?? '') <= 4096)
      }
    }
    const [line = ''] = linesOf(await grow(fits))
    t.ok(Buffer.byteLength(line) > 4090, 'the last byte counts')
    const unhandled = await app.inject({
      method: 'POST',
      url: '/sign-in',
      payload: { ...alice, claims: { text: 'x'.repeat(5_000) } }
    })
    t.equal(unhandled.statusCode, 500)
    t.equal(unhandled.json().code, 'LATCHKEY_SESSION_TOO_LARGE')
  }
)

const wrong: [fault: string, who: Record<string, unknown>][] = [
  ['subject must be a string of 1 to 255 characters; got an empty string', { subject: '' }],
  ['subject must be a string of 1 to 255 characters; got a number', { subject: 7 }],
  ['subject must be a string of 1 to 255 characters; got a string', { subject: 'x'.repeat(256) }],
  ['scopes must be a list or a set of scope tokens; got a string', { scopes: 'a b' }],
  ['scopes must be a list or a set of scope tokens; got a list', { scopes: ['a b'] }],
  ['scopes must be a list or a set of scope tokens; got an object', { scopes: {} }],
  ['claims must be a plain object; got an empty list', { claims: [] }],
  ['claims must be a plain object; got null', { claims: null }],
  ['claims must be a plain object; got a string', { claims: 'admin' }],
  [
    'upstream must be an object with an issuer and a sid; got an object',
    { upstream: { issuer: 'https://id.example', sid: '' } }
  ],
  ['authenticatedAt must be a whole number of seconds, or null; got a string', { authenticatedAt: '2030-01-01' }],
  ['authenticatedAt must be a whole number of seconds, or null; got a number', { authenticatedAt: 1.5 }],
  ['label must be a string, or null; got a number', { label: 7 }]
]

t.test('refuses an invalid session and names the invalid member', async (t) => {
  const app = await serverWith(t)
  for (const [fault, who] of wrong) {
    const response = await app.inject({ method: 'POST', url: '/sign-in', payload: { ...alice, ...who } })
    t.equal(response.statusCode, 500)
    t.equal(response.json().message, `reply.signIn(): ${fault}`)
  }
  t.same(await app.sessions.list('alice'), [])
})

t.test('refuses a session without data', async (t) => {
  const app = await serverWith(
    t,
    addGet('/sign-in', async (reply) => reply.signIn(null as never))
  )
  const response = await app.inject('/sign-in')
  t.equal(response.statusCode, 500)
  t.match(response.json().message, /^reply\.signIn\(\): the options must be an object with subject, .*; got null$/)
})

t.test('deletes the cookie of a browser without a session', async (t) => {
  const app = await serverWith(t)
  for (const headers of [{}, { cookie: '__Host-session=rubbish' }]) {
    const response = await app.inject({ method: 'POST', url: '/sign-out', headers })
    t.equal(response.statusCode, 200)
    like(t, linesOf(response), [/^__Host-session=; Max-Age=0/])
  }
})

const ways: [name: string, handler: (reply: FastifyReply) => unknown][] = [
  ['streams', (reply) => reply.send(Readable.from(['o', 'k']))],
  ['answers 304', (reply) => reply.code(304).send()],
  ['redirects', (reply) => reply.redirect('/', 303)],
  [
    'fails later',
    () => {
      throw new Error('later')
    }
  ],
  [
    'hijacks the reply',
    (reply) => {
      reply.hijack()
      reply.raw.end('ok')
    }
  ],
  [
    'hijacks the reply and writes its head',
    (reply) => {
      reply.hijack()
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream' }).end('ok')
    }
  ]
]
for (const [name, handler] of ways) {
  t.test(`sets the cookie when a handler ${name} (SEC-137)`, async (t) => {
    const app = await serverWith(
      t,
      addGet('/way', async (reply) => {
        reply.header('set-cookie', 'own=1')
        reply.raw.setHeader('set-cookie', ['raw=1', 'own=1'])
        await reply.signIn(alice)
        return handler(reply)
      })
    )
    await app.listen({ host: '127.0.0.1', port: 0 })
    // Fastify returns an address and a port while it listens on one.
    const { port } = app.server.address() as AddressInfo
    for (const cookie of ['', await signIn(app, { subject: 'bob' })]) {
      const request = get({ port, path: '/way', agent: false, headers: { cookie } })
      const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage]
      response.resume()
      t.same(
        response.headers['set-cookie']?.map((line) => line.split('=', 1)[0]),
        ['own', 'raw', '__Host-session']
      )
      t.equal(response.headers['cache-control'], 'no-store')
      t.equal(await subjectOf(app, response.headers['set-cookie']?.[2]?.split(';', 1)[0] ?? ''), 'alice')
    }
  })
}

t.test('throws and changes nothing when it is too late for a cookie (SEC-137)', async (t) => {
  const caught: unknown[] = []
  const app = await serverWith(
    t,
    addGet('/late', async (reply) => {
      reply.hijack()
      reply.raw.write('o')
      for (const change of [() => reply.signIn(alice), () => reply.signOut()]) {
        await change().catch((error: unknown) => caught.push(error))
      }
      reply.raw.end('k')
    })
  )
  const cookie = await signIn(app, { subject: 'bob' })
  const response = await app.inject({ url: '/late', headers: { cookie } })
  t.same(linesOf(response), [])
  t.ok(caught.length === 2 && caught.every((error) => error instanceof SessionTooLateError))
  t.equal(await subjectOf(app, cookie), 'bob')
  t.same(await app.sessions.list('alice'), [])
})

t.test('makes an answer with its cookie not storable, although the handler allows it (K5.1)', async (t) => {
  const app = await serverWith(
    t,
    addGet('/cached', async (reply) => {
      reply.header('cache-control', 'private, max-age=0')
      await reply.signIn(alice)
      return 'ok'
    })
  )
  t.equal((await app.inject('/cached')).headers['cache-control'], 'no-store')
})

t.test('logs neither cookies nor identifiers (SEC-147)', async (t) => {
  let logged = ''
  const stream = { write: (line: string) => void (logged += line) }
  const store = memoryStore({ now: () => 0 })
  const app = await serverWith(t, { options: { store }, server: { logger: { stream, level: 'trace' } } })
  const cookie = await signIn(app)
  await app.inject({ url: '/me', headers: { cookie } })
  await app.inject({ method: 'POST', url: '/me', headers: { cookie } })
  await app.inject({ url: '/me', headers: { cookie: `${cookie}x` } })
  t.match(logged, /incoming request/)
  t.notMatch(logged, cookie.slice(cookie.indexOf('=') + 1))
})
