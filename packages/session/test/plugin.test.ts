import cookie from '@fastify/cookie'
import secureSession from '@fastify/secure-session'
import Fastify from 'fastify'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { CookieJar } from 'tough-cookie'
import guard, { authenticated, everyone } from '@latchkey/guard'
import session, { jweCodec, RegistrationError, secureSessionCodec } from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import { cookieOf, key, linesOf, newKey, serverWith, signIn, start, statusOf, subjectOf } from './fixtures/server.ts'

for (const [name, codec] of [
  ['secureSessionCodec()', secureSessionCodec],
  ['jweCodec()', jweCodec]
] as const) {
  t.test(`signs a user in, recognizes the user, and signs the user out, with ${name}`, async (t) => {
    const app = await serverWith(t, { options: { codec: codec() } })
    t.equal((await app.inject('/me')).statusCode, 401)
    const cookie = await signIn(app, {
      subject: 'alice',
      scopes: ['a', 'b'],
      claims: { name: 'Alice', tags: [{ a: 1 }] }
    })
    const me = await app.inject({ url: '/me', headers: { cookie } })
    t.equal(me.statusCode, 200)
    const claims = { name: 'Alice', tags: [{ a: 1 }] }
    const { current, ...principal } = me.json()
    t.same(principal, {
      subject: 'alice',
      issuer: null,
      scheme: 'session',
      scopes: ['a', 'b'],
      claims,
      authenticatedAt: start
    })
    like(t, current, {
      subject: 'alice',
      claims,
      authenticatedAt: start,
      createdAt: start,
      lastSeenAt: start,
      upstream: null
    })
    t.equal(me.headers['cache-control'], 'no-store')
    t.equal(me.headers.vary, 'Cookie')
    t.equal(me.headers['set-cookie'], undefined)

    const out = await app.inject({
      method: 'POST',
      url: '/sign-out',
      headers: { cookie, 'sec-fetch-site': 'same-origin' }
    })
    like(t, linesOf(out), [
      /^__Host-session=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax$/
    ])
    t.equal(await statusOf(app, cookie), 401)
    t.equal(await subjectOf(app, cookie), null)
  })
}

t.test('sets a cookie that browsers send only to this host (SEC-125)', async (t) => {
  for (const sameSite of ['lax', 'strict'] as const) {
    const app = await serverWith(t, { options: { sameSite, absoluteTimeout: 100_000 } })
    const response = await app.inject({ method: 'POST', url: '/sign-in', payload: { subject: 'alice' } })
    const [line = ''] = linesOf(response)
    t.match(line, /^__Host-session=[\w.-]+; Max-Age=100000; Path=\/; HttpOnly; Secure; SameSite=(?:Lax|Strict)$/)
    t.notMatch(line, /domain/i)
    t.equal(response.headers['cache-control'], 'no-store')
    const jar = new CookieJar(undefined, { prefixSecurity: 'strict' })
    await jar.setCookie(line, 'https://app.example.com/sign-in')
    const [kept] = await jar.getCookies('https://app.example.com/me')
    like(t, kept, { key: '__Host-session', secure: true, httpOnly: true, path: '/', hostOnly: true, sameSite })
    t.same(await jar.getCookies('https://www.app.example.com/'), [])
  }
})

t.test('sends a cookie without a prefix over plain http in development', async (t) => {
  const app = await serverWith(t, { options: { insecureCookie: true } })
  const response = await app.inject({ method: 'POST', url: '/sign-in', payload: { subject: 'alice' } })
  like(t, linesOf(response), [/^session=[\w.-]+; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Lax$/])
  t.equal(await subjectOf(app, `my_session=1; a=session=2; ${cookieOf(response)}`), 'alice')
})

t.test('is documented as an API key in a cookie', async (t) => {
  const app = await serverWith(t, { options: { loginPath: '/login' } })
  const [scheme] = app.guard.securitySchemes()
  like(t, scheme, { name: 'session', opens: 'session' })
  like(t, scheme?.definition(), {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-session',
    description: /Sign in at \/login/
  })
})

t.test('works with the application’s own secure-session and cookie plugins, in any order', async (t) => {
  const register = async (app: Awaited<ReturnType<typeof serverWith>> | Parameters<typeof guard>[0]) => {
    await app.register(cookie, { parseOptions: { domain: 'evil.example', path: '/elsewhere', secure: false } })
    await app.register(secureSession, { key: Buffer.from(newKey(), 'base64url'), cookieName: 'theirs' })
  }
  for (const when of ['before', 'after'] as const) {
    const app = await serverWith(t, {
      [when]: register,
      options: { store: memoryStore() }
    })
    app.post('/both', { config: { access: everyone } }, async (request, reply) => {
      request.session.touch()
      reply.setCookie('third', '3')
      await reply.signIn({ subject: 'alice' })
      return 'ok'
    })
    const response = await app.inject({ method: 'POST', url: '/both' })
    const lines = linesOf(response)
    t.same(lines.map((line) => line.split('=', 1)[0]).sort(), ['__Host-session', 'theirs', 'third'])
    const ours = lines.find((line) => line.startsWith('__Host-'))
    t.match(ours, /; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    t.equal(await subjectOf(app, lines.map((line) => line.split(';', 1)[0]).join('; ')), 'alice')
  }
})

t.test('registers once in a context, and once in each of two separate contexts (FAULT-34)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const store = memoryStore()
  for (const prefix of ['/one', '/two']) {
    await app.register(
      async (child) => {
        await child.register(guard)
        await child.register(session, { secrets: [key], store, cookieName: `__Host-${prefix.slice(1)}` })
        child.get('/me', { config: { access: authenticated } }, async (request) => request.principal.subject)
        child.post('/sign-in', { config: { access: everyone } }, async (_request, reply) =>
          reply.signIn({ subject: 'alice' })
        )
      },
      { prefix }
    )
  }
  const cookie = cookieOf(await app.inject({ method: 'POST', url: '/one/sign-in' }))
  t.equal((await app.inject({ url: '/one/me', headers: { cookie } })).body, 'alice')
  const moved = cookie.replace('__Host-one', '__Host-two')
  t.equal(
    (await app.inject({ url: '/two/me', headers: { cookie: moved } })).statusCode,
    401,
    'the cookie does not open under another name (SEC-129)'
  )

  const twice = await serverWith(t)
  await rejectsLike(t, async () => twice.register(session, { secrets: [key], store }), {
    constructor: RegistrationError,
    code: 'LATCHKEY_REGISTRATION',
    message: '@latchkey/session: the plugin is registered already, in this context or in a parent context'
  })
})

t.test('requires the guard', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await rejectsLike(t, async () => app.register(session, { secrets: [key], store: memoryStore() }), {
    message: /@latchkey\/guard/
  })
})

t.test('derives keys for other plugins, one for each purpose, the newest first (SEC-35)', async (t) => {
  const secrets = [newKey(), newKey()]
  const app = await serverWith(t, { options: { secrets } })
  const login = app.sessions.deriveKeys('login')
  t.same(
    login.map((key) => key.length),
    [32, 32]
  )
  t.same(app.sessions.deriveKeys('login'), login)
  t.notSame(app.sessions.deriveKeys('other'), login)
  t.same((await serverWith(t, { options: { secrets: secrets.slice(1) } })).sessions.deriveKeys('login'), login.slice(1))
  t.equal(app.sessions.origin, 'https://app.example.com')
  const sealer = await secureSessionCodec().open(login)
  const forged = await sealer.seal({ t: 'session', id: 'x', sub: 'alice', iat: start, auth_time: start })
  t.equal(await subjectOf(app, `__Host-session=${forged}`), null, 'a value that they seal is not a session')
})
