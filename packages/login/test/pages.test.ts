import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { contains, like } from '@latchkey/exact'
import login, { discord, oidc } from '@latchkey/login'
import { html, loginPage } from '@latchkey/pages'
import { memoryStore } from '@latchkey/store/memory'
import Fastify, { type FastifyInstance } from 'fastify'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { fakeSession } from './fixtures/fake-session.ts'
import { house, origin, server, started } from './fixtures/server.ts'
import { PAGE_HEADERS } from './fixtures/page-headers.ts'

t.test('the login page lists the providers, without scripts', async (t) => {
  const [one, other] = [await fakeProvider(t), await fakeProvider(t)]
  const providers = [{ ...house(one, 'one'), displayName: 'The <One>' }, house(other, 'other')]
  const { app, browser } = await server(t, { providers }, { prefix: '/auth' })
  const { statusCode, body, headers } = await browser().get('/auth/login')
  t.equal(statusCode, 200)
  like(t, headers['content-type'], 'text/html; charset=utf-8')
  contains(t, body, '<a class="button" href="/auth/login/one">Log in with The &#60;One&#62;</a>')
  contains(t, body, '<a class="button" href="/auth/login/other">Log in with other</a>')
  contains(t, body, '<html lang="en">')
  t.notMatch(body, '<script')
  t.same(app.login.providers, [
    { name: 'one', displayName: 'The <One>', url: '/auth/login/one' },
    { name: 'other', displayName: 'other', url: '/auth/login/other' }
  ])
})

t.test('another plugin can add a form to the page, before the login and after it', async (t) => {
  for (const isFirst of [true, false]) {
    const provider = await fakeProvider(t)
    const add = (app: FastifyInstance): void => {
      const { page, isNew } = loginPage(app, '/login')
      page.add({ order: 1, hasForm: true, render: () => html`<form method="post"></form>` })
      if (isNew) app.get('/login', async (request, reply) => page.show(request, reply))
    }
    const app = Fastify()
    t.teardown(() => app.close())
    if (isFirst) add(app)
    await app.register(fakeSession, { origin, sessions: new Map() })
    await app.register(login, { store: memoryStore(), providers: [house(provider)] })
    if (!isFirst) add(app)
    const { statusCode, body } = await app.inject('/login?returnTo=/items&prompt=login')
    t.equal(statusCode, 200)
    const [form, link] = ['<form method="post"></form>', 'href="/login/house?returnTo=%2Fitems&#38;prompt=login"']
    contains(t, body, form)
    contains(t, body, link)
    t.ok(body.indexOf(form) < body.indexOf(link))
  }
})

const answers = [
  { title: 'the choice of a provider', url: '/login', status: 200 },
  { title: 'a redirect', url: '/login/one', status: 303 },
  { title: 'a refused callback', url: '/login/one/callback', status: 400 },
  { title: 'an unknown provider', url: '/login/nobody', status: 404 },
  { title: 'the confirmation of a logout', url: '/logout', status: 200 }
]

for (const { title, url, status } of answers) {
  t.test(`${title} has the security headers of a page (SEC-138, RFC 9700 §4.16)`, async (t) => {
    const [one, other] = [await fakeProvider(t), await fakeProvider(t)]
    const { browser } = await server(t, { providers: [house(one, 'one'), house(other, 'other')] })
    const { statusCode, headers } = await browser().get(url)
    t.equal(statusCode, status)
    t.match(
      headers['content-security-policy'],
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; frame-ancestors 'none'/
    )
    like(t, headers, { ...PAGE_HEADERS, 'referrer-policy': url === '/logout' ? 'same-origin' : 'no-referrer' })
  })
}

t.test('a hook of the application that allows caches has no effect on the answers (SEC-71)', async (t) => {
  const [one, other] = [await fakeProvider(t), await fakeProvider(t)]
  const app = Fastify()
  t.teardown(() => app.close())
  app.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'public, max-age=600'))
  await app.register(fakeSession, { origin, sessions: new Map() })
  await app.register(login, { store: memoryStore(), providers: [house(one, 'one'), house(other, 'other')] })
  for (const { url, status } of answers) {
    const { statusCode, headers } = await app.inject({ url, headers: { accept: 'text/html' } })
    t.equal(statusCode, status)
    t.equal(headers['cache-control'], 'no-store', url)
  }
})

t.test('a failure of the application has the security headers of a page (SEC-138, RFC 9700 §4.16)', async (t) => {
  const onLogin = () => {
    throw new Error('a fault of the application')
  }
  const { provider, browser } = await started(t, { onLogin })
  const { statusCode, headers, body } = await browser().login(provider)
  t.equal(statusCode, 500)
  t.notMatch(body, 'a fault')
  t.match(headers['content-security-policy'], /^default-src 'none'; style-src .*frame-ancestors 'none'/)
  like(t, headers, PAGE_HEADERS)
})

t.test('an error is a page for browsers, and JSON for other clients', async (t) => {
  const { app, browser } = await started(t)
  const page = await browser().get('/login/house/callback')
  like(t, page.headers, { 'content-type': 'text/html; charset=utf-8', vary: 'Accept' })
  contains(t, page.body, '<h1>This login has expired')
  const json = await app.inject('/login/house/callback')
  t.equal(json.statusCode, 400)
  t.same(json.json(), {
    error: 'invalid_state',
    error_description: 'This login has expired, was used already, or was started in another browser. Start again.'
  })
})

const file = new URL('../../../../shared/corpora/blns/blns.json', import.meta.url)
const naughty: string[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
const hostile = [
  { title: 'markup', strings: ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>'], skip: false },
  { title: 'any text', strings: naughty, skip: naughty.length === 0 ? 'a list of strings skipped: no corpora' : false }
]

for (const { title, strings, skip } of hostile) {
  t.test(`error texts of a provider are not shown: ${title} (SEC-116)`, { skip }, async (t) => {
    const { browser } = await started(t)
    const { get } = browser()
    const bodies = new Set<string>()
    for (const text of strings) {
      const state = new URL(String((await get('/login')).headers.location)).searchParams.get('state')
      const query = new URLSearchParams({ state: String(state), error: text || 'x', error_description: text })
      const { statusCode, body } = await get(`/login/house/callback?${query.toString()}`)
      if (statusCode !== 502) t.fail(`${JSON.stringify(text)}: ${statusCode}`)
      bodies.add(body)
    }
    t.equal(bodies.size, 1, 'all texts give the same page')
  })
}

t.test('a request with an unsupported body is answered 415 invalid_request', async (t) => {
  const { app } = await started(t)
  const answer = await app.inject({ method: 'POST', url: '/logout', payload: { returnTo: '/' } })
  t.equal(answer.statusCode, 415)
  like(t, answer.json(), { error: 'invalid_request' })
})

t.test('codes, states, tokens and secrets are not in the log (SEC-147)', async (t) => {
  const lines: string[] = []
  const provider = await fakeProvider(t)
  const discordLike = discord({ clientId: 'app', clientSecret: 'opensesame', baseUrl: provider.issuer })
  const { browser } = await server(
    t,
    { providers: [house(provider), discordLike] },
    {
      fastify: { logger: { level: 'trace', stream: { write: (line: string) => void lines.push(line) } } }
    }
  )
  for (const prepare of [
    () => undefined,
    () => void (provider.tokens = { token_type: 'mac' }),
    () => void provider.answers.set('/token', { status: 500, body: { error: 'x\nINJECTED' } }),
    () => void provider.answers.set('/token', { text: '{"access_token":"access-0' })
  ]) {
    prepare()
    const alice = browser()
    const start = await alice.get('/login/house')
    const asked = new URL(String(start.headers.location)).searchParams
    const back = provider.agree(String(start.headers.location))
    await alice.get(back.pathname + back.search)
    const log = lines.join('')
    const { form, headers } = provider.received.findLast(({ path }) => path === '/token') ?? {
      form: new URLSearchParams(),
      headers: {}
    }
    const secrets = [asked.get('state'), asked.get('nonce'), back.searchParams.get('code'), form.get('code_verifier')]
    for (const secret of [...secrets, 'opensesame', 'access-0', 'refresh-0', String(headers.authorization)]) {
      t.notOk(log.includes(String(secret)), 'the secret is not in the log')
    }
  }
  contains(t, lines.join(''), 'the token endpoint answered 500 x?INJECTED')
})

t.test('the name of a provider is escaped', async (t) => {
  const provider = await fakeProvider(t)
  const providers = [
    oidc({ name: 'a', displayName: `"'&`, issuer: provider.issuer, clientId: 'x', clientSecret: 'y' }),
    house(provider)
  ]
  const { browser } = await server(t, { providers })
  contains(t, (await browser().get('/login')).body, 'Log in with &#34;&#39;&#38;<')
})
