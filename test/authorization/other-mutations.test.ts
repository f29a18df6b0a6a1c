import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { memoryStore } from '@latchkey/store/memory'
import { generateSigningKey } from '@latchkey/token-endpoint'
import { authorizationUrl } from './client.ts'
import { cli, type Codes, DEVICE_CODE } from './device.ts'
import { MARKUP, mutationsOf, type Sent, written } from './mutations.ts'
import { app, buildServer, ISSUER } from './server.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** Sends a request from an address of its own, so that no throttle hides the other answers. */
type Send = (
  method: 'GET' | 'POST',
  url: string,
  payload?: string,
  headers?: Readonly<Record<string, string>>
) => Promise<LightMyRequestResponse>

async function server(t: Test): Promise<{ readonly send: Send; readonly logIn: () => Promise<string> }> {
  const endpoint = { device: true, pushedRequestPath: '/par', registration: { perMinute: 1_000_000 } }
  const fastify: FastifyInstance = await buildServer(memoryStore(), await generateSigningKey(), {
    clients: [{ ...app, isFirstParty: true }, cli],
    endpoint
  })
  t.teardown(() => fastify.close())
  let count = 0
  const send: Send = async (method, url, payload, headers = {}) => {
    const remoteAddress = `10.0.${count >> 8}.${count++ & 255}`
    const type = method === 'POST' ? FORM : {}
    const all = { ...type, 'sec-fetch-site': 'same-origin', ...headers }
    return fastify.inject({ method, url, headers: all, remoteAddress, ...(payload !== undefined && { payload }) })
  }
  return {
    send,
    async logIn() {
      const { cookies } = await send('POST', '/login', 'user=ann')
      return cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    }
  }
}

async function codes(send: Send): Promise<Codes> {
  return (await send('POST', '/device_authorization', 'client_id=cli&scope=items:read')).json<Codes>()
}

for (const [url, request, success] of [
  ['/par', [...new URL(authorizationUrl(ISSUER)).searchParams], 201],
  ['/device_authorization', Object.entries({ client_id: 'cli', scope: 'items:read', resource: ISSUER }), 200]
] as const) {
  t.test(`POST ${url} with one changed parameter never fails`, async (t) => {
    const { send } = await server(t)
    for (const mutation of mutationsOf(request as Sent)) {
      const { statusCode, body, headers } = await send('POST', url, written(mutation))
      t.ok([success, 400, 401].includes(statusCode), `${mutation.name}: ${statusCode}`)
      t.notOk(/canary|evil/.test(body), mutation.name)
      t.equal(headers['cache-control'], 'no-store', mutation.name)
    }
  })
}

t.test('POST /token with one changed parameter of a device code never fails, and gives no tokens', async (t) => {
  const { send } = await server(t)
  const { device_code: code } = await codes(send)
  for (const mutation of mutationsOf(
    Object.entries({ grant_type: DEVICE_CODE, device_code: code, client_id: 'cli' })
  )) {
    const { statusCode, body } = await send('POST', '/token', written(mutation))
    t.ok([400, 401].includes(statusCode), `${mutation.name}: ${statusCode}`)
    t.notOk(/canary|evil|access_token/.test(body), mutation.name)
  }
})

t.test('the pages of a device with one changed parameter never fail and never lead away', async (t) => {
  const { send, logIn } = await server(t)
  const cookie = await logIn()
  for (const [method, url, decision] of [
    ['GET', '/device', []],
    ['POST', '/device', []],
    ['POST', '/device/decision', [['decision', 'allow']]]
  ] as const) {
    for (const who of [{ cookie }, {}]) {
      const { user_code: code } = await codes(send)
      for (const mutation of mutationsOf([['user_code', code], ...decision])) {
        const text = written(mutation)
        const headers = { ...who, accept: 'text/html' }
        const answer = await (method === 'GET'
          ? send(method, `${url}?${text}`, undefined, headers)
          : send(method, url, text, headers))
        const { statusCode, body } = answer
        const location = answer.headers.location ?? ''
        const name = `${method} ${url} ${mutation.name}: ${statusCode} ${location}`
        t.ok(location === '' ? [200, 400, 410].includes(statusCode) : statusCode === 303, name)
        t.ok(location === '' || new URL(location, ISSUER).origin === ISSUER, name)
        t.notOk(body.includes(MARKUP), name)
        t.equal(answer.headers['cache-control'], 'no-store', name)
      }
    }
  }
})

t.test('POST /register with one changed member never fails', async (t) => {
  const { send } = await server(t)
  const metadata: Readonly<Record<string, unknown>> = {
    redirect_uris: ['https://reader.example.com/callback'],
    client_name: 'Reader',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    scope: 'items:read'
  }
  const values = [null, true, 0, 1e308, '', 'a\0b', MARKUP, '\uD800', 'x'.repeat(6000), [], [null], [[]], {}]
  for (const name of [...Object.keys(metadata), '__proto__', 'constructor', 'toString', '']) {
    const changes = [...values, [MARKUP], ['https://evil.example.com/', 7], { toString: 1 }]
    for (const value of changes) {
      // A literal would set the prototype.
      const body = JSON.stringify(Object.fromEntries([...Object.entries(metadata), [name, value]]))
      const answer = await send('POST', '/register', body, { 'content-type': 'application/json' })
      const what = `${name} ${JSON.stringify(value).slice(0, 40)}: ${answer.statusCode}`
      t.ok([201, 400].includes(answer.statusCode), what)
      t.equal('client_id' in answer.json<object>(), answer.statusCode === 201, what)
    }
  }
})
