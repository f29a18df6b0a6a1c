import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { memoryStore } from '@latchkey/store/memory'
import { generateSigningKey } from '@latchkey/token-endpoint'
import { authorizationUrl, codeVerifier } from './client.ts'
import { MARKUP, mutationsOf, type Sent, written } from './mutations.ts'
import { app, buildServer, ISSUER } from './server.ts'

const REDIRECT_URI = 'http://localhost/callback'
const others = { response_mode: 'query', prompt: 'consent', max_age: '1000', login_hint: 'ann', resource: ISSUER }
const request: Sent = [...new URL(authorizationUrl(ISSUER, { redirect_uri: REDIRECT_URI, ...others })).searchParams]

const FORM = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' }

async function server(t: Test): Promise<{ readonly fastify: FastifyInstance; readonly cookie: string }> {
  const clients = [{ ...app, isFirstParty: true }]
  const fastify = await buildServer(memoryStore(), await generateSigningKey(), { clients })
  t.teardown(() => fastify.close())
  const login = await fastify.inject({
    method: 'POST',
    url: '/login',
    headers: { ...FORM, 'sec-fetch-site': 'same-origin' },
    payload: 'user=ann'
  })
  const cookie = login.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  return { fastify, cookie }
}

/** Whether a `Location` is a page of the server or of the client. */
function isHome(location: string): boolean {
  const { origin, pathname } = new URL(location, ISSUER)
  if (origin === ISSUER) return ['/login', '/authorize/continue'].includes(pathname)
  return origin === 'http://localhost' && pathname === '/callback'
}

for (const method of ['GET', 'POST'] as const) {
  for (const who of ['a user', 'a stranger'] as const) {
    t.test(
      `${method} /authorize of ${who} with one changed parameter never fails and never leads away (RFC 6749 §10.14)`,
      async (t) => {
        const { fastify, cookie } = await server(t)
        const headers = { ...FORM, 'sec-fetch-site': 'same-origin', ...(who === 'a user' && { cookie }) }
        for (const mutation of mutationsOf(request)) {
          const text = written(mutation)
          const answer = await fastify.inject(
            method === 'GET'
              ? { url: `/authorize?${text}`, headers: { ...headers, 'content-type': undefined } }
              : { method, url: '/authorize', headers, payload: text }
          )
          const { statusCode, body } = answer
          const location = answer.headers.location ?? ''
          t.ok(
            location === '' ? [200, 400].includes(statusCode) : statusCode === 303,
            `${mutation.name}: ${statusCode}`
          )
          t.ok(location === '' || isHome(location), `${mutation.name}: ${location}`)
          t.notOk(body.includes(MARKUP), mutation.name)
          t.notOk(/[^\x20-\x7E]/.test(location), mutation.name)
          t.equal(answer.headers['cache-control'], 'no-store', mutation.name)
        }
      }
    )
  }
}

t.test(
  'POST /token with one changed parameter of a code never fails, and gives tokens to no other request',
  async (t) => {
    const { fastify, cookie } = await server(t)
    const url = `/authorize?${written({ parameters: request.filter(([name]) => name !== 'prompt') })}`
    const code = async (): Promise<string> => {
      const { headers } = await fastify.inject({ url, headers: { cookie, accept: 'text/html' } })
      return new URL(headers.location ?? '').searchParams.get('code') ?? ''
    }
    const exchange = Object.entries({
      grant_type: 'authorization_code',
      code: await code(),
      redirect_uri: REDIRECT_URI,
      code_verifier: codeVerifier,
      client_id: 'app'
    })
    for (const { name, parameters, keeps } of mutationsOf(exchange)) {
      const fresh = await code()
      const sent = parameters.map(([key, value]) => [key, value.replace(exchange[1]?.[1] ?? '', fresh)] as const)
      const answer = await fastify.inject({
        method: 'POST',
        url: '/token',
        headers: { 'content-type': FORM['content-type'] },
        payload: written({ parameters: sent })
      })
      const { statusCode, body } = answer
      t.ok([200, 400, 401].includes(statusCode), `${name}: ${statusCode}`)
      t.ok(keeps || statusCode !== 200, `${name}: ${statusCode}`)
      t.equal('access_token' in answer.json<object>(), statusCode === 200, name)
      t.notOk(/canary|evil/.test(body), name)
      t.equal(answer.headers['cache-control'], 'no-store', name)
      t.equal(answer.headers.location, undefined, name)
    }
  }
)

t.test('GET and POST /authorize/continue with one changed parameter never fail and never lead away', async (t) => {
  const { fastify, cookie } = await server(t)
  const headers = { ...FORM, 'sec-fetch-site': 'same-origin', cookie }
  const id = async (): Promise<string> => {
    const asked = await fastify.inject({ url: `/authorize?${written({ parameters: request })}`, headers: { cookie } })
    return new URL(asked.headers.location ?? '', ISSUER).searchParams.get('id') ?? ''
  }
  for (const mutation of mutationsOf([
    ['id', await id()],
    ['decision', 'allow']
  ])) {
    for (const method of ['GET', 'POST'] as const) {
      const text = written(mutation)
      const answer = await fastify.inject(
        method === 'GET'
          ? { url: `/authorize/continue?${text}`, headers: { cookie, accept: 'text/html' } }
          : { method, url: '/authorize/continue', headers, payload: text }
      )
      const location = answer.headers.location ?? ''
      t.ok([200, 303, 400, 410].includes(answer.statusCode), `${method} ${mutation.name}: ${answer.statusCode}`)
      t.ok(location === '' || isHome(location), `${method} ${mutation.name}: ${location}`)
      t.notOk(answer.body.includes('canary'), `${method} ${mutation.name}`)
    }
  }
})
