import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { like } from '@latchkey/exact'
import { accepted, ask, askWith, newKey, refused, serverWith, start } from './fixtures/server.ts'

t.test('accepts a key in X-API-Key as a principal without claims and without a login', async (t) => {
  const app = await serverWith(t, { guardOptions: { scopes: { 'items:read': 'Read items' } } })
  const { key, ...info } = await newKey(app)
  const { statusCode, headers, body } = await app.inject({ url: '/me', headers: { 'x-api-key': key } })
  t.equal(statusCode, 200)
  like(t, headers, { 'cache-control': 'no-store', vary: 'X-API-Key' })
  t.same(JSON.parse(body), {
    subject: 'alice',
    issuer: null,
    scopes: ['items:read'],
    claims: {},
    authenticatedAt: null,
    scheme: 'apiKey',
    key: info
  })
  t.same(info, {
    id: info.id,
    subject: 'alice',
    name: 'backup',
    hint: `acme_…${key.slice(-4)}`,
    scopes: ['items:read'],
    createdAt: start,
    expiresAt: start + 31_536_000,
    lastUsedAt: null
  })
  t.match(info.id, /^[\w-]{43}$/)
})

t.test('stores the SHA-256 of a key, and neither the key nor its secret part', async (t) => {
  const app = await serverWith(t)
  const { key } = await newKey(app)
  const [record] = await app.store.records.list('api-key', 'alice')
  t.ok(record)
  t.notMatch(JSON.stringify(record), new RegExp(key.slice(5, 35)))
})

t.test('answers 401 with one challenge to a request without a key', async (t) => {
  const app = await serverWith(t)
  t.same(await askWith(app, {}), {
    status: 401,
    challenge: 'ApiKey realm="acme"',
    code: 'LATCHKEY_AUTHENTICATION_REQUIRED'
  })
  const { body } = await app.inject({ url: '/open' })
  t.same(JSON.parse(body), { subject: null, key: null })
})

t.test('answers 403 with the sufficient scope to a key without it, and clips scopes to permissions', async (t) => {
  const app = await serverWith(t, {
    guardOptions: { permissions: ({ subject }) => (subject === 'ann' ? ['items:read'] : []) }
  })
  for (const [subject, status] of [
    ['ann', 200],
    ['ben', 403]
  ] as const) {
    const { key } = await newKey(app, { subject, scopes: ['items:read', 'admin'] })
    const { statusCode } = await app.inject({ url: '/items', headers: { 'x-api-key': key } })
    t.equal(statusCode, status)
  }
  const { key } = await newKey(app, { subject: 'ann', scopes: ['items:read', 'admin'] })
  const { body } = await app.inject({ url: '/me', headers: { 'x-api-key': key } })
  t.same(JSON.parse(body).scopes, ['items:read'])
})

t.test('refuses the key of a user whom resolveUser does not find', async (t) => {
  const users = new Map([['alice', {}]])
  const app = await serverWith(t, { guardOptions: { resolveUser: ({ subject }) => users.get(subject) } })
  const { key } = await newKey(app)
  t.same(await ask(app, key), accepted)
  users.clear()
  like(t, await ask(app, key), { status: 401, code: 'LATCHKEY_INVALID_TOKEN' })
})

t.test('does not read a key in the URL or in Authorization', async (t) => {
  const app = await serverWith(t)
  const { key } = await newKey(app)
  for (const request of [
    { url: `/me?api_key=${key}&x-api-key=${key}` },
    { url: '/me', headers: { authorization: `Bearer ${key}` } },
    { url: '/me', headers: { cookie: `x-api-key=${key}` } }
  ]) {
    t.equal((await app.inject(request)).json<{ code: string }>().code, 'LATCHKEY_AUTHENTICATION_REQUIRED')
  }
})

t.test('reads another header if it is told to', async (t) => {
  const app = await serverWith(t, { options: { header: 'X-Acme-Key' } })
  const { key } = await newKey(app)
  t.same(await askWith(app, { 'x-acme-key': key }), accepted)
  like(t, await ask(app, key), { status: 401, code: 'LATCHKEY_AUTHENTICATION_REQUIRED' })
})

t.test('answers 401 to every text that is no key', async (t) => {
  const app = await serverWith(t)
  const { key } = await newKey(app)
  for (const [name, sent] of Object.entries({
    nothing: '',
    'a space': ' ',
    NUL: `${key}\0`,
    'a letter beyond ASCII': `${key.slice(0, -1)}é`,
    'an emoji': '🔑',
    'a lone surrogate': '\ud800',
    '10 kB': `acme_${'a'.repeat(10_000)}`,
    'upper case': key.toUpperCase(),
    'a prefix in upper case': key.replace('acme', 'ACME'),
    'another prefix': key.replace('acme', 'acne'),
    'no prefix': key.slice(5),
    'the prefix alone': 'acme_',
    'a wrong checksum': `${key.slice(0, -6)}000000`,
    'a truncated key': key.slice(0, -1),
    'a longer key': `${key}0`,
    'two keys': `${key}, ${key}`,
    'a leading space': ` ${key}`,
    'a trailing space': `${key} `,
    'a trailing line break': `${key}\n`,
    'a scheme': `Bearer ${key}`
  })) {
    t.same(await ask(app, sent), refused, name)
  }
  t.same(await ask(app, key), accepted)
})

t.test('answers 401 to a repeated header, and accepts spaces around a value as HTTP does', async (t) => {
  const app = await serverWith(t)
  const { key } = await newKey(app)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const statusOf = async (headers: string): Promise<string | undefined> => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(`GET /me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${headers}\r\n`)
    return /^HTTP\/1.1 (\d+)/.exec(await text(socket))?.[1]
  }
  t.equal(await statusOf(`X-API-Key: ${key}\r\n`), '200')
  t.equal(await statusOf(`x-api-key:   ${key} \t\r\n`), '200')
  t.equal(await statusOf(`X-API-Key: ${key}\r\nX-API-Key: ${key}\r\n`), '401')
  t.equal(await statusOf(`X-API-Key: \xff\xfe${key}\r\n`), '401')
})
