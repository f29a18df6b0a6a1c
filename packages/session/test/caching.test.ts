import { EventEmitter, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance, FastifyReply } from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import { everyone } from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import { cookieOf, linesOf, newKey, serverWith, signIn, statusOf } from './fixtures/server.ts'

const chosen: [name: string, handler: (reply: FastifyReply) => unknown][] = [
  [
    'the reply',
    (reply) => reply.headers({ 'cache-control': 'public, max-age=60', vary: 'Accept-Encoding' }).send('ok')
  ],
  [
    'a Response',
    () => new Response('ok', { headers: { 'cache-control': 'public, max-age=60', vary: 'Accept-Encoding' } })
  ],
  [
    'the raw response',
    (reply) => {
      const headers = { 'Cache-Control': 'public, max-age=60', Vary: 'Accept-Encoding' }
      reply.hijack().raw.writeHead(200, headers).end('ok')
    }
  ]
]

for (const [name, handler] of chosen) {
  t.test(
    `an answer that sets a session cookie is never storable, although ${name} allows it (K5.1, SEC-71)`,
    async (t) => {
      const app = await serverWith(t, {
        before: async (app) =>
          app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'public')),
        after: async (app) => {
          app.get('/in', { config: { access: everyone } }, async (_request, reply) => {
            await reply.signIn({ subject: 'alice' })
            return handler(reply)
          })
          app.get('/out', { config: { access: everyone } }, async (_request, reply) => {
            await reply.signOut()
            return handler(reply)
          })
          app.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'public, max-age=9'))
        }
      })
      for (const url of ['/in', '/out']) {
        const response = await app.inject(url)
        like(t, response, {
          statusCode: 200,
          headers: { 'cache-control': 'no-store', vary: 'Accept-Encoding, Cookie' }
        })
        t.equal(linesOf(response).length, 1)
      }
    }
  )
}

/** One server before a rotation, one during it, and a session of the first. */
async function rotation(t: Parameters<typeof serverWith>[0], after: (app: FastifyInstance) => Promise<unknown>) {
  const [old, young] = [newKey(), newKey()]
  const store = memoryStore({ now: () => 0 })
  const before = await serverWith(t, { options: { store, secrets: [old] } })
  const during = await serverWith(t, { options: { store, secrets: [young, old] }, after })
  return { during, cookie: await signIn(before) }
}

t.test('a public page that seals a session again is not storable (K5.1)', async (t) => {
  const { during, cookie } = await rotation(t, async (app) =>
    app.get('/prices', { config: { access: everyone } }, async (_request, reply) =>
      reply.headers({ 'cache-control': 'public, max-age=60', vary: 'Accept-Encoding' }).send('prices')
    )
  )
  const renewed = await during.inject({ url: '/prices', headers: { cookie } })
  like(t, renewed.headers, { 'cache-control': 'no-store', vary: 'Accept-Encoding, Cookie' })
  t.equal(await statusOf(during, cookieOf(renewed)), 200)
  const again = await during.inject({ url: '/prices', headers: { cookie: cookieOf(renewed) } })
  like(t, again.headers, { 'cache-control': 'public, max-age=60', 'set-cookie': undefined })
})

t.test('a slow page during a key rotation does not replace a newer sign-in (K5.3)', async (t) => {
  const signals = new EventEmitter()
  const [there, waits] = [once(signals, 'there'), once(signals, 'answer')]
  const { during, cookie } = await rotation(t, async (app) =>
    app.get('/slow', { config: { access: everyone } }, async () => {
      signals.emit('there')
      await waits
      return 'slow'
    })
  )
  const slow = during.inject({ url: '/slow', headers: { cookie } })
  await there
  const newer = await signIn(during, { subject: 'bob' }, { cookie })
  signals.emit('answer')
  t.same(linesOf(await slow), [])
  t.equal(await statusOf(during, newer), 200)
  t.equal(await statusOf(during, cookie), 401)
})

t.test('an answer is unchanged when its session cannot be sealed again (K5.3)', async (t) => {
  const [old, young] = [newKey(), newKey()]
  const store = memoryStore({ now: () => 0 })
  const cookie = await signIn(await serverWith(t, { options: { store, secrets: [old] } }))
  let found = 0
  const sessions = {
    ...store.sessions,
    find: (id: string) => (++found === 2 ? Promise.reject(new Error('down')) : store.sessions.find(id))
  }
  const during = await serverWith(t, { options: { store: { sessions }, secrets: [young, old] } })
  const failed = await during.inject({ url: '/me', headers: { cookie } })
  like(t, failed, { statusCode: 200, headers: { 'set-cookie': undefined } })
  t.equal(linesOf(await during.inject({ url: '/me', headers: { cookie } })).length, 1, 'the next request tries again')
})

t.test('does not seal the session of a refused request again (K5.3)', async (t) => {
  const { during, cookie } = await rotation(t, async () => undefined)
  const refused = await during.inject({
    method: 'POST',
    url: '/me',
    headers: { cookie, 'sec-fetch-site': 'cross-site' }
  })
  like(t, refused, { statusCode: 403, headers: { 'set-cookie': undefined } })
})

t.test('a hijacked reply keeps the cache headers of the guard (K5.3)', async (t) => {
  const app = await serverWith(t, {
    after: async (app) =>
      app.get('/events', { config: { access: everyone } }, (_request, reply) => {
        reply.hijack().raw.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: x\n\n')
      })
  })
  const cookie = await signIn(app)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const { headers } = await fetch(`http://127.0.0.1:${port}/events`, { headers: { cookie } })
  t.same([headers.get('cache-control'), headers.get('vary')], ['no-store', 'Cookie'])
})
