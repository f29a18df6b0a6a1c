import { like, rejectsLike, throwsLike } from '@latchkey/exact'
import { noAuthentication } from '@latchkey/guard'
import { type Browser, browser, clock, type Page } from '@latchkey/testing'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import t, { type Test } from 'tap'
import { server } from './fixtures/server.ts'

/** A server that answers with what it was sent. */
async function echo(t: Test, more?: (app: FastifyInstance) => void): Promise<{ app: FastifyInstance; user: Browser }> {
  const app = Fastify()
  t.teardown(() => app.close())
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body)
  )
  app.route({
    method: ['GET', 'POST', 'PUT', 'HEAD'],
    url: '/echo',
    handler: async ({ method, headers, body }: FastifyRequest) => ({ method, headers, body })
  })
  app.get('/cookie', async ({ query }: FastifyRequest, reply) =>
    reply.header('set-cookie', (query as { line: string }).line).send('set')
  )
  const redirect = async (request: FastifyRequest, reply: FastifyReply) => {
    const { status, to } = request.query as { status: string; to?: string }
    return reply.redirect(to ?? '/echo', Number(status))
  }
  app.route({ method: ['GET', 'POST', 'PUT'], url: '/redirect', handler: redirect })
  more?.(app)
  return { app, user: browser(app, { origin: 'https://app.example.com' }) }
}

const set = async (user: Browser, line: string) => user.open(`/cookie?line=${encodeURIComponent(line)}`)

t.test('a browser opens a page as its user', async (t) => {
  const { user } = await echo(t)
  const page = await user.open('/echo')
  like(t, page, { statusCode: 200, url: 'https://app.example.com/echo', location: null, body: String })
  like(t, page.json(), {
    method: 'GET',
    headers: {
      host: 'app.example.com',
      accept: /^text\/html/,
      'sec-fetch-site': 'none',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      'sec-fetch-user': '?1',
      origin: undefined,
      cookie: undefined
    }
  })
  t.equal(page.headers['content-type'], 'application/json; charset=utf-8')
})

t.test('a browser submits a form of a page of the server', async (t) => {
  const { user } = await echo(t)
  like(t, (await user.submit('/echo', { name: 'a b', other: 'ä' })).json(), {
    method: 'POST',
    body: 'name=a+b&other=%C3%A4',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': 'navigate',
      origin: 'https://app.example.com'
    }
  })
  like(t, (await user.submit('https://app.example.com/echo')).json(), { body: '' })
})

t.test('a browser sends the requests of scripts', async (t) => {
  const { user } = await echo(t)
  like(t, (await user.fetch('/echo')).json(), {
    method: 'GET',
    headers: {
      accept: '*/*',
      'sec-fetch-mode': 'cors',
      'sec-fetch-dest': 'empty',
      'sec-fetch-site': 'same-origin',
      origin: undefined
    }
  })
  const put = await user.fetch(
    '/echo',
    { method: 'PUT', payload: { a: 1 }, headers: { 'x-a': '1' } },
    { headers: { 'X-B': '2' } }
  )
  like(t, put.json(), {
    method: 'PUT',
    body: { a: 1 },
    headers: { origin: 'https://app.example.com', 'x-a': '1', 'x-b': '2' }
  })
  t.equal((await user.fetch('/echo', { method: 'HEAD' })).body, '')
})

for (const { site, origin } of [
  { site: 'same-site', origin: 'https://sibling.app.example.com' },
  { site: 'cross-site', origin: 'https://cross-site.test' }
] as const) {
  t.test(`a browser sends requests of ${site} pages with their origin`, async (t) => {
    const { user } = await echo(t)
    const headers = { 'sec-fetch-site': site, origin }
    like(t, (await user.submit('/echo', {}, { site })).json(), { headers })
    like(t, (await user.fetch('/echo', { method: 'POST' }, { site })).json(), { headers })
    like(t, (await user.open('/echo', { site })).json(), { headers: { 'sec-fetch-site': site, origin: undefined } })
  })
}

t.test('a browser sends cookies by their SameSite', async (t) => {
  const { user } = await echo(t)
  await set(user, '__Host-lax=1; Secure; Path=/; SameSite=Lax')
  await set(user, 'strict=1; SameSite=Strict')
  await set(user, 'none=1; Secure; SameSite=None')
  t.same(
    [...(await user.cookies()).entries()],
    [
      ['__Host-lax', '1'],
      ['strict', '1'],
      ['none', '1']
    ]
  )
  const cookies = async (page: Promise<Page>) =>
    ((await page).json() as { headers: { cookie?: string } }).headers.cookie
  t.equal(await cookies(user.open('/echo')), '__Host-lax=1; strict=1; none=1')
  t.equal(await cookies(user.open('/echo', { site: 'same-site' })), '__Host-lax=1; strict=1; none=1')
  t.equal(await cookies(user.open('/echo', { site: 'cross-site' })), '__Host-lax=1; none=1')
  t.equal(await cookies(user.fetch('/echo', {}, { site: 'cross-site' })), 'none=1')
  t.equal(await cookies(user.submit('/echo', {}, { site: 'cross-site' })), 'none=1')
})

t.test('a browser forgets cookies by its clock', async (t) => {
  const time = clock(Date.parse('2040-01-01'))
  const { app } = await echo(t)
  const user = browser(app, { now: time.now })
  t.equal(user.origin, 'https://localhost')
  await set(user, 'age=1; Max-Age=60')
  await set(user, `date=1; Expires=${new Date(time.now() + 90_000).toUTCString()}`)
  await set(user, 'session=1')
  t.same([...(await user.cookies()).keys()], ['age', 'date', 'session'])
  time.advance(59)
  t.equal((await user.cookies()).size, 3)
  time.advance(2)
  t.same([...(await user.cookies()).keys()], ['date', 'session'])
  time.advance(30)
  t.same([...(await user.cookies()).keys()], ['session'])
  await set(user, 'session=; Max-Age=0')
  t.equal((await user.cookies()).size, 0)
})

for (const { name, line, message } of [
  {
    name: 'with a prefix that it does not deserve',
    line: '__Host-a=1; Path=/',
    message: 'A browser rejects the cookie __Host-a of https://app.example.com/'
  },
  {
    name: 'of another host',
    line: 'a=1; Domain=other.example',
    message: 'A browser rejects the cookie a of https://app.example.com/'
  },
  {
    name: 'without a name',
    line: '',
    message: 'A browser rejects a cookie of https://app.example.com/: it cannot be parsed'
  }
]) {
  t.test(`a browser rejects a cookie ${name}`, async (t) => {
    const { app, user } = await echo(t)
    app.get('/', async (_request, reply) => reply.header('set-cookie', line).send())
    await rejectsLike(t, user.open('/?code=secret'), { message })
  })
}

for (const { status, method, becomes } of [
  { status: 301, method: 'POST', becomes: 'GET' },
  { status: 302, method: 'POST', becomes: 'GET' },
  { status: 303, method: 'POST', becomes: 'GET' },
  { status: 307, method: 'POST', becomes: 'POST' },
  { status: 308, method: 'POST', becomes: 'POST' },
  { status: 302, method: 'GET', becomes: 'GET' },
  { status: 302, method: 'PUT', becomes: 'PUT' },
  { status: 303, method: 'PUT', becomes: 'GET' }
] as const) {
  t.test(`a browser follows a redirect with ${status} of ${method} by ${becomes}`, async (t) => {
    const { user } = await echo(t)
    const payload = method === 'GET' ? {} : { payload: { a: 1 } }
    const page = await user.fetch(`/redirect?status=${status}`, { method, ...payload })
    like(t, page, { statusCode: 200, url: 'https://app.example.com/echo', location: null })
    const isSame = becomes === method && method !== 'GET'
    like(t, page.json(), {
      method: becomes,
      body: isSame ? { a: 1 } : undefined,
      headers: { 'content-type': isSame ? 'application/json' : undefined }
    })
  })
}

t.test('a browser stops at a redirect to another origin', async (t) => {
  const { user } = await echo(t)
  const page = await user.open('/redirect?status=302&to=https://login.example.com/a')
  like(t, page, {
    statusCode: 302,
    url: 'https://app.example.com/redirect?status=302&to=https://login.example.com/a',
    location: 'https://login.example.com/a'
  })
})

t.test('a browser does not follow a Location without a redirect', async (t) => {
  const { app, user } = await echo(t)
  app.get('/created', async (_request, reply) => reply.code(201).header('location', '/echo').send())
  app.get('/bad', async (_request, reply) => reply.code(302).header('location', 'https://').send())
  app.get('/nowhere', async (_request, reply) => reply.code(302).send())
  like(t, await user.open('/created'), { statusCode: 201, location: null })
  like(t, await user.open('/bad'), { statusCode: 302, location: null })
  like(t, await user.open('/nowhere'), { statusCode: 302, location: null })
})

t.test('a browser gives up after 20 redirects', async (t) => {
  const { user } = await echo(t, (app) => app.get('/loop', async (_request, reply) => reply.redirect('/loop')))
  await rejectsLike(t, user.open('/loop'), { message: 'More than 20 redirects, at last to /loop' })
})

t.test('a browser opens only URLs of the server', async (t) => {
  const { user } = await echo(t)
  const message = 'browser(): the URL must be one of https://app.example.com. Fix: pass a path that begins with a slash'
  for (const url of ['https://other.example/', '//other.example/', 'http://app.example.com/', 'https://']) {
    await rejectsLike(t, user.open(url), { name: 'RegistrationError', message })
  }
})

t.test('a browser refuses wrong options and requests', async (t) => {
  const { app, user } = await echo(t)
  throwsLike(t, () => browser(app, { origin: 'http://app.example.com' }), {
    message: /^browser\(\): origin must be an origin such as/
  })
  await rejectsLike(t, user.submit('/echo', {}, { site: 'none' }), {
    message: /^submit\(\): site must be 'same-origin' or/
  })
  await rejectsLike(t, user.fetch('/echo', {}, { headers: { a: 1 } as never }), {
    message: /^fetch\(\): headers must be an object with texts/
  })
  await rejectsLike(t, user.open('/echo', { from: 'x' } as never), { message: /^open\(\): from does not exist/ })
})

t.test('a browser signs in and out of a server with sessions, and other sites cannot use its session', async (t) => {
  const app = await server(t, {
    session: { loginPath: '/login' },
    more: async (app) => {
      app.get('/login', { config: { access: noAuthentication } }, async () => 'log in')
      app.post('/login', { config: { access: noAuthentication } }, async (_request, reply) => {
        await reply.signIn({ subject: 'alice' })
        return reply.redirect('/me', 303)
      })
      app.addContentTypeParser('application/x-www-form-urlencoded', (_request, payload, done) => {
        payload.resume().once('end', () => done(null, null))
      })
    }
  })
  const user = browser(app)
  t.equal(user.origin, 'https://app.example.com')
  const asked = await user.open('/me')
  like(t, asked, { statusCode: 200, url: 'https://app.example.com/login?returnTo=%2Fme', body: 'log in' })
  const page = await user.submit('/login')
  like(t, page, { statusCode: 200, url: 'https://app.example.com/me' })
  t.same([...(await user.cookies()).keys()], ['__Host-session'])
  t.equal((await user.submit('/sign-out', {}, { site: 'cross-site' })).statusCode, 401)
  t.equal((await user.submit('/sign-out', {}, { site: 'same-site' })).statusCode, 403)
  t.equal((await user.fetch('/sign-out', { method: 'POST' })).statusCode, 204)
  t.equal((await user.fetch('/me')).statusCode, 401)
})
