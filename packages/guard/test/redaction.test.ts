import { Writable } from 'node:stream'
import Fastify, { type FastifyBaseLogger, type FastifyRequest } from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import guard, { everyone } from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

function sink(): { lines: string[]; stream: Writable } {
  const lines: string[] = []
  return { lines, stream: new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) }) }
}

t.test('removes a token in a URL from the log, in every spelling (SEC-62)', async (t) => {
  const { lines, stream } = sink()
  const app = Fastify({ logger: { stream, level: 'trace' } })
  t.teardown(() => app.close())
  app.get('/items', { config: { access: everyone } }, async () => 'items')
  await app.register(guard)
  for (const url of [
    '/items?access_token=canary',
    '/items?a=1&access_token=canary&b=2',
    '/items?access%5Ftoken=canary'
  ]) {
    await app.inject(url)
  }
  t.notMatch(lines.join(''), /canary/)
  t.match(lines.join(''), /a=1&access_token=\[redacted\]&b=2/)
})

t.test('removes a token from the log after every character that may start a query (K4.4)', async (t) => {
  for (const useSemicolonDelimiter of [true, false]) {
    const { lines, stream } = sink()
    // Fastify's types do not name this option of its router yet.
    const routerOptions: object = { useSemicolonDelimiter }
    const app = Fastify({ logger: { stream, level: 'trace' }, routerOptions })
    t.teardown(() => app.close())
    await app.register(guard, { undeclared: 'allow' })
    app.get('/o*', async () => 'items')
    for (const url of [
      '/o;access_token=canary',
      '/o;jsessionid=1?access_token=canary',
      '/o;a=1;access_token=canary&b=2',
      '/o#access_token=canary',
      '/o?a=1#access%5Ftoken=canary',
      '/o?access_token=canary;canary?access_token=canary',
      '/o;access%5ftoken=canary?a=b;access_token=canary&access_token=canary'
    ]) {
      await app.inject(url)
    }
    t.notMatch(lines.join(''), /canary/)
    t.match(lines.join(''), /"\/o;a=1;access_token=\[redacted\]&b=2"/)
    t.match(lines.join(''), /"\/o;jsessionid=1\?access_token=\[redacted\]"/)
  }
})

t.test('redacts a URL of two million question marks in time in proportion to its length', async (t) => {
  const app = Fastify({ logger: { stream: sink().stream } })
  await app.register(guard)
  const { req } = Reflect.get(app.log, Symbol.for('pino.serializers')) as { req: (request: object) => { url: string } }
  // A search that restarts at each of them would take an hour.
  const url = `/${'?'.repeat(2_000_000)}access_token=canary`
  t.notMatch(req({ url, headers: {}, socket: {} }).url.slice(-40), /canary/)
})

t.test('removes a token from the log when a context or a route has its own serializer (SEC-62)', async (t) => {
  const { lines, stream } = sink()
  const app = Fastify({ logger: { stream, level: 'trace' } })
  t.teardown(() => app.close())
  const logSerializers = { req: ({ url }: { url: string }) => `own ${url}` }
  app.get('/early', { config: { access: everyone }, logSerializers }, async () => 'items')
  await app.register(guard)
  app.get('/items', { config: { access: everyone }, logSerializers }, async () => 'items')
  app.register(async (child) => void child.get('/child', { config: { access: everyone } }, async () => 'items'), {
    logSerializers
  })
  for (const url of ['/early', '/items', '/child']) await app.inject(`${url}?access_token=canary`)
  t.notMatch(lines.join(''), /canary/)
  t.equal(lines.filter((line) => /own .*access_token=\[redacted\]/.test(line)).length, 3)
  t.equal(
    logSerializers.req({ url: '?access_token=mine' }),
    'own ?access_token=mine',
    'the given serializer is unchanged'
  )
})

t.test('still uses the request serializer of the application (SEC-62)', async (t) => {
  const { lines, stream } = sink()
  const chosen: unknown[] = [{ path: 'only' }, 'a word', { url: 7 }, { url: '/x?access_token=canary', tag: 'mine' }]
  for (const answer of chosen) {
    const app = Fastify({ logger: { stream, serializers: { req: () => answer as Record<string, unknown> } } })
    t.teardown(() => app.close())
    await app.register(guard)
    app.get('/', { config: { access: everyone } }, async () => 'ok')
    await app.inject('/')
  }
  const requests = lines.map((line) => JSON.parse(line).req).filter((req) => req !== undefined)
  t.same(requests, [{ path: 'only' }, 'a word', { url: 7 }, { url: '/x?access_token=[redacted]', tag: 'mine' }])
})

t.test('does not change a logger that is not pino or has no request serializer', async (t) => {
  const silent = (): void => {}
  const methods = { fatal: silent, error: silent, warn: silent, info: silent, debug: silent, trace: silent, silent }
  const plain = { level: 'info', ...methods, child: () => plain } as unknown as FastifyBaseLogger
  const bare = { ...plain, child: () => bare, [Symbol.for('pino.serializers')]: {} } as unknown as FastifyBaseLogger
  for (const loggerInstance of [plain, bare]) {
    const app = Fastify({ loggerInstance })
    t.teardown(() => app.close())
    await app.register(guard)
    app.get('/', { config: { access: everyone } }, async () => 'ok')
    t.equal((await app.inject('/')).statusCode, 200)
  }
})

t.test('removes credentials of authenticators from logged URLs and headers (SEC-147)', async (t) => {
  const { lines, stream } = sink()
  const serializers = {
    req: ({ url, headers }: FastifyRequest) => ({ url, headers: { ...headers, count: 1 } })
  }
  const app = Fastify({ logger: { stream, serializers } })
  t.teardown(() => app.close())
  await app.register(guard)
  app.guard.addAuthenticator({ ...keyAuthenticator(), secretPattern: /canary-\d+/y })
  app.guard.addAuthenticator({ ...keyAuthenticator({ scheme: 'other', header: 'X-Other' }) })
  app.get('/*', { config: { access: everyone } }, async () => 'items')
  await app.inject({
    url: '/canary-1?a=xcanary-2&b=canary-3y',
    headers: { key: 'canary', 'X-OTHER': 'canary', note: 'canary-4, canary-5', third: 'kept' }
  })
  t.notMatch(lines.join(''), /canary/)
  const { req } = JSON.parse(lines[0] ?? '') as { req: object }
  like(t, req, {
    url: '/[redacted]?a=x[redacted]&b=[redacted]y',
    headers: { key: '[redacted]', 'x-other': '[redacted]', note: '[redacted], [redacted]', third: 'kept', count: 1 }
  })
})

t.test('passes on the value that a serializer of the application returns in place of an object', async (t) => {
  for (const returned of [1, null]) {
    const app = Fastify({
      logger: { stream: sink().stream, serializers: { req: () => returned as unknown as Record<string, unknown> } }
    })
    t.teardown(() => app.close())
    await app.register(guard)
    const { req } = Reflect.get(app.log, Symbol.for('pino.serializers')) as { req: (request: object) => unknown }
    t.equal(req({}), returned)
  }
})
