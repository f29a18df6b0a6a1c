import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { type Authenticator, InvalidTokenError } from '@latchkey/guard'
import { like } from '@latchkey/exact'
import { accepted, type Answer, askWith, newKey, serverWith } from './fixtures/server.ts'

const refused: Answer = {
  status: 401,
  challenge: 'Bearer error="invalid_token", error_description="The API key is not valid"',
  code: 'LATCHKEY_INVALID_TOKEN'
}

const anonymous: Answer = { status: 401, challenge: 'Bearer', code: 'LATCHKEY_AUTHENTICATION_REQUIRED' }

t.test('accepts a key in Authorization: Bearer', async (t) => {
  const app = await serverWith(t, { options: { location: 'bearer' } })
  const { key } = await newKey(app)
  for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer  ']) {
    t.same(await askWith(app, { authorization: `${scheme} ${key}` }), accepted)
  }
  t.same(await askWith(app, {}), anonymous)
  t.same(await askWith(app, { 'x-api-key': key }), anonymous)
})

t.test('refuses each token that begins with the prefix and is no key', async (t) => {
  const app = await serverWith(t, { options: { location: 'bearer' } })
  const { key } = await newKey(app)
  for (const sent of [
    'acme_',
    key.toUpperCase(),
    key.replace('acme', 'Acme'),
    key.slice(0, -1),
    `${key}0`,
    `${key} `,
    `${key}\n`,
    `${key}\0`,
    `${key}é`,
    `${key} ${key}`,
    `\t${key.slice(0, -6)}000000`,
    `acme_${'a'.repeat(10_000)}`
  ]) {
    t.same(await askWith(app, { authorization: `Bearer ${sent}` }), refused)
  }
})

t.test('leaves all other credentials to other authenticators, and is asked before them', async (t) => {
  const seen: unknown[] = []
  const other: Authenticator = {
    scheme: 'other',
    challenge: 'Bearer',
    ambient: false,
    header: 'Authorization',
    securitySchemes: {},
    authenticate({ headers: { authorization } }) {
      if (authorization === undefined) return null
      seen.push(authorization)
      throw new InvalidTokenError('The token is not valid')
    }
  }
  const app = await serverWith(t, { options: { location: 'bearer' } })
  app.guard.addAuthenticator(other)
  const { key } = await newKey(app)
  t.same(await askWith(app, { authorization: `Bearer ${key}` }), accepted)
  t.same(await askWith(app, { authorization: 'Bearer acme_x' }), refused)
  t.same(seen, [])
  const theirs = ['Bearer acme', 'Bearer e30.e30.AA', 'Bearer', `Basic ${key}`, `DPoP ${key}`, key, `Bearer,${key}`]
  for (const authorization of theirs) like(t, await askWith(app, { authorization }), { status: 401 })
  t.same(seen, theirs)
})

t.test('refuses several Authorization headers if one of them has a key', async (t) => {
  const app = await serverWith(t, { options: { location: 'bearer' } })
  const { key } = await newKey(app)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const answer = async (...values: string[]): Promise<string> => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const headers = values.map((value) => `Authorization: ${value}\r\n`).join('')
    socket.write(`GET /open HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${headers}\r\n`)
    return /^HTTP\/1.1 (\d+)/.exec(await text(socket))?.[1] ?? ''
  }
  t.equal(await answer(`Bearer ${key}`), '200')
  t.equal(await answer(`Bearer ${key}`, `Bearer ${key}`), '401')
  t.equal(await answer('Basic YTpi', `Bearer ${key}`), '401')
  t.equal(await answer('Basic YTpi', 'Basic YTpi'), '200')
})
