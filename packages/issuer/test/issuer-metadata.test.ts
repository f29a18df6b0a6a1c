import { type IssuerMetadataOptions, issuerMetadata, UpstreamError } from '@latchkey/issuer'
import t from 'tap'
import { like, rejectsLike, throwsLike } from '@latchkey/exact'
import { stoppedClock } from './fixtures/clock.ts'
import { rememberingLog } from './fixtures/log.ts'
import { deserted, json, status, text, type Upstream, upstream } from './fixtures/upstream.ts'

const OIDC = '/.well-known/openid-configuration'
const OAUTH = '/.well-known/oauth-authorization-server'

t.test('returns the metadata of the issuer frozen, with unknown members (SEC-104)', async (t) => {
  const server = await upstream(t, (request, response) =>
    publish(server, { more: [1], jwks_uri: null })(request, response)
  )
  const metadata = issuerMetadata(server.origin)
  t.equal(metadata.issuer, server.origin)
  t.same(server.asked, [], 'creation fetches nothing (FAULT-1)')
  const document = await metadata.get()
  t.same(document, { issuer: server.origin, token_endpoint: `${server.origin}/token`, more: [1] })
  t.ok(Object.isFrozen(document))
  t.equal(await metadata.get(), document)
  t.same(server.asked, [`GET ${OIDC}`])
})

for (const [path, form, place] of [
  ['', 'oidc', OIDC],
  ['/', 'oidc', OIDC],
  ['/tenant/a', 'oidc', `/tenant/a${OIDC}`],
  ['/tenant/a/', 'oidc', `/tenant/a${OIDC}`],
  ['', 'oauth', OAUTH],
  ['/', 'oauth', OAUTH],
  ['/tenant/a', 'oauth', `${OAUTH}/tenant/a`],
  ['/tenant/a/', 'oauth', `${OAUTH}/tenant/a`]
] as const) {
  t.test(`fetches the ${form} metadata of an issuer with the path "${path}" from ${place} (SEC-104)`, async (t) => {
    const server = await upstream(t, (request, response) =>
      json({ issuer: `${server.origin}${path}` })(request, response)
    )
    const issuer = `${server.origin}${path}`
    t.same(await issuerMetadata(issuer, { form }).get(), { issuer })
    t.same(server.asked, [`GET ${place}`])
  })
}

t.test('tries the other well-known URL after a 404 or a page from the first', async (t) => {
  for (const nothing of [status(404), text('<p>', { 'content-type': 'text/html' })]) {
    const server = await upstream(t, (request, response) => {
      const answer = request.url === OAUTH ? json({ issuer: server.origin }) : nothing
      answer(request, response)
    })
    t.same(await issuerMetadata(server.origin).get(), { issuer: server.origin })
    t.same(server.asked, [`GET ${OIDC}`, `GET ${OAUTH}`])
    await rejectsLike(t, issuerMetadata(server.origin, { form: 'oidc' }).get(), {
      code: /^LATCHKEY_UPSTREAM_/,
      statusCode: 503
    })
  }
})

t.test('stays with the URL that had the metadata, also when that URL fails later (FAULT-7)', async (t) => {
  const { clock, pass } = stoppedClock()
  let page = false
  const server = await upstream(t, (request, response) => {
    const document = json({ issuer: server.origin, jwks_uri: `${server.origin}/jwks` })
    const other = json({ issuer: server.origin })
    const answer = request.url === OAUTH ? other : page ? text('<p>', { 'content-type': 'text/html' }) : document
    answer(request, response)
  })
  const metadata = issuerMetadata(server.origin, { clock })
  t.equal(await metadata.endpoint('jwks_uri'), `${server.origin}/jwks`)
  page = true
  pass(25 * 60 * 60)
  await metadata.get().catch(() => undefined)
  t.same(server.asked, [`GET ${OIDC}`, `GET ${OIDC}`])
  page = false
  pass(60)
  t.equal(await metadata.endpoint('jwks_uri'), `${server.origin}/jwks`)
})

t.test('does not try the other URL after a 500 or the metadata of another issuer', async (t) => {
  const server = await upstream(t, status(500))
  await rejectsLike(t, issuerMetadata(server.origin).get(), { code: 'LATCHKEY_UPSTREAM_STATUS', status: 500 })
  server.answer = json({ issuer: 'https://else.example.com' })
  await rejectsLike(t, issuerMetadata(server.origin).get(), { code: 'LATCHKEY_UPSTREAM_INVALID' })
  t.same(server.asked, [`GET ${OIDC}`, `GET ${OIDC}`])
})

t.test('tries the other URL later if the first one had the document of something else (FAULT-7)', async (t) => {
  const { clock, pass } = stoppedClock()
  let isForeign = true
  const server = await upstream(t, (request, response) => {
    const own = json({ issuer: server.origin })
    const answer = request.url === OAUTH ? own : isForeign ? json({ status: 'starting' }) : status(404)
    answer(request, response)
  })
  const metadata = issuerMetadata(server.origin, { clock })
  await rejectsLike(t, metadata.get(), { code: 'LATCHKEY_UPSTREAM_INVALID' })
  isForeign = false
  pass(60)
  t.same(await metadata.get(), { issuer: server.origin })
  t.same(server.asked, [`GET ${OIDC}`, `GET ${OIDC}`, `GET ${OAUTH}`])
})

t.test('fetches from the option url only', async (t) => {
  const server = await upstream(t, json({ issuer: 'https://login.example.com' }))
  const metadata = issuerMetadata('https://login.example.com', { url: `${server.origin}/elsewhere?v=2`, form: 'oauth' })
  t.same(await metadata.get(), { issuer: 'https://login.example.com' })
  t.same(server.asked, ['GET /elsewhere?v=2'])
})

for (const said of [
  'https://LOGIN.example.com',
  'https://login.example.com/',
  'https://login.example.com:443',
  '',
  null,
  7
]) {
  t.test(`rejects the issuer ${JSON.stringify(said)} for https://login.example.com (SEC-104)`, async (t) => {
    const server = await upstream(t, json({ issuer: said }))
    await rejectsLike(t, issuerMetadata('https://login.example.com', { url: server.origin }).get(), {
      code: 'LATCHKEY_UPSTREAM_INVALID',
      statusCode: 503,
      cause: { message: 'issuer is not the one that was configured' }
    })
  })
}

for (const endpoint of [
  'http://login.example.com/token',
  'http://169.254.169.254/',
  'http://127.0.0.1/token',
  'file:///etc/passwd',
  'javascript:0',
  '/token',
  '',
  ['https://login.example.com/token'],
  7,
  {}
]) {
  t.test(`rejects metadata with the endpoint ${JSON.stringify(endpoint)} (SEC-104, SEC-140)`, async (t) => {
    const issuer = 'https://login.example.com'
    for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'end_session_endpoint']) {
      const server = await upstream(t, json({ issuer, [name]: endpoint }))
      await rejectsLike(t, issuerMetadata(issuer, { url: server.origin }).get(), {
        code: 'LATCHKEY_UPSTREAM_INVALID',
        cause: { message: `${name} is no URL that may be fetched from` }
      })
    }
  })
}

t.test('ignores the names of Object.prototype in metadata (SEC-154)', async (t) => {
  const server = await upstream(t, (request, response) =>
    text(`{"issuer":"${server.origin}","__proto__":{"token_endpoint":"https://evil.example/"}}`)(request, response)
  )
  const metadata = issuerMetadata(server.origin)
  t.equal((await metadata.get()).token_endpoint, undefined)
  await rejectsLike(t, metadata.endpoint('token_endpoint'), { code: 'LATCHKEY_UPSTREAM_INVALID' })
})

t.test('endpoint() returns a URL, and rejects when the metadata has none', async (t) => {
  const server = await upstream(t, (request, response) => publish(server)(request, response))
  const metadata = issuerMetadata(server.origin)
  t.equal(await metadata.endpoint('token_endpoint'), `${server.origin}/token`)
  await rejectsLike(t, metadata.endpoint('jwks_uri'), {
    code: 'LATCHKEY_UPSTREAM_INVALID',
    cause: { message: 'the metadata has no jwks_uri' }
  })
})

for (const [said, seconds] of [
  [undefined, 3600],
  ['no-store', 3600],
  ['public, max-age=600', 600],
  ['max-age="600"', 600],
  ['s-maxage=600', 3600],
  ['max-age=0', 300],
  ['max-age=1000000', 86_400],
  ['max-age=99999999999999999999', 86_400]
] as const) {
  t.test(`keeps metadata for ${seconds} seconds with the Cache-Control ${said ?? '(none)'}`, async (t) => {
    const { clock, pass } = stoppedClock()
    const headers: Record<string, string> = said === undefined ? {} : { 'cache-control': said }
    const server = await upstream(t, (request, response) => json({ issuer: server.origin }, headers)(request, response))
    const metadata = issuerMetadata(server.origin, { clock, maxStale: 2_000_000 })
    const first = await metadata.get()
    pass(seconds - 1)
    t.equal(await metadata.get(), first)
    t.equal(server.asked.length, 1)
    pass(1)
    t.equal(await metadata.get(), first, 'the old value is returned at once')
    await server.received(2)
  })
}

t.test('get() rejects with 503 until the issuer is up for the first time (FAULT-1)', async (t) => {
  const { clock, pass } = stoppedClock()
  const log = rememberingLog()
  const issuer = await deserted()
  const down = issuerMetadata(issuer, { clock, log })
  const error: unknown = await down.get().catch((thrown: unknown) => thrown)
  t.ok(error instanceof UpstreamError)
  like(t, error, { code: 'LATCHKEY_UPSTREAM_UNREACHABLE', statusCode: 503, retryAfter: 2 })
  t.notMatch((error as Error).message, issuer)
  const server = await upstream(t, status(503))
  const metadata = issuerMetadata(server.origin, { clock, log })
  await rejectsLike(t, metadata.get(), { code: 'LATCHKEY_UPSTREAM_STATUS', status: 503 })
  await rejectsLike(t, metadata.get(), { code: 'LATCHKEY_UPSTREAM_STATUS', status: 503, retryAfter: 2 })
  server.answer = publish(server)
  await rejectsLike(t, metadata.get(), { code: 'LATCHKEY_UPSTREAM_STATUS', status: 503 })
  t.same(server.asked, [`GET ${OIDC}`])
  pass(2)
  like(t, await metadata.get(), { token_endpoint: `${server.origin}/token` })
  like(t, log.lines, [
    { level: 'warn', message: `The metadata of ${issuer} cannot be fetched: there is none to use` },
    { level: 'warn', details: { code: 'LATCHKEY_UPSTREAM_STATUS', status: 503, failures: 1 } },
    { level: 'info', message: `The metadata of ${server.origin} can be fetched again`, details: { failures: 1 } }
  ])
})

for (const [name, options, message] of [
  ['an unknown form', { form: 'saml' }, "issuerMetadata(): form must be 'oidc' or 'oauth'; got a string"],
  [
    'a URL over http',
    { url: 'http://example.com' },
    'issuerMetadata(): url must be an https URL without credentials and fragment (http only on 127.0.0.1, [::1] and localhost); got a string'
  ],
  [
    'an unknown option',
    { ttl: 1 },
    'issuerMetadata(): ttl does not exist. Fix: use one of timeout, maxStale, blockSpecialUse, log, clock, form, url'
  ]
] as const) {
  t.test(`throws a TypeError for options with ${name}`, async (t) => {
    const make = () => issuerMetadata('https://login.example.com', options as IssuerMetadataOptions)
    throwsLike(t, make, { name: 'RegistrationError', message })
  })
}

t.test('throws a TypeError for an issuer with a query', async (t) => {
  throwsLike(t, () => issuerMetadata('https://login.example.com/?tenant=a'), {
    name: 'RegistrationError',
    message:
      'issuerMetadata(): argument "issuer" must be an https URL without credentials, query and fragment (http only on 127.0.0.1, [::1] and localhost); got a string'
  })
})

function publish(server: Upstream, more: Record<string, unknown> = {}): Upstream['answer'] {
  return json({ issuer: server.origin, token_endpoint: `${server.origin}/token`, ...more })
}
