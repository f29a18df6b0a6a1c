import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import bearer from '@latchkey/bearer'
import guard, { authenticated, everyone } from '@latchkey/guard'
import Fastify from 'fastify'
import t from 'tap'
import { contains } from '@latchkey/exact'
import { issuer } from './fixtures/issuer.ts'
import { ask, honoured, invalidRequest, malformed, serve, unauthenticated } from './fixtures/server.ts'

const MALFORMED = invalidRequest('The Authorization header is malformed')
const IN_URL = invalidRequest('Access tokens belong in the Authorization header, not in the URL')
const TWICE = invalidRequest('More than one Authorization header')

for (const scheme of ['Bearer ', 'bearer ', 'BEARER ', 'bEaReR ', 'Bearer   ']) {
  t.test(`reads a token after "${scheme}" (SEC-60)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    t.same(await ask(app, { headers: { authorization: `${scheme}${await sign()}` } }), honoured)
  })
}

for (const scheme of ['Basic', 'Token', 'DPoPs', 'JWT', 'Bearers', 'Bearer2', 'X-Bearer', '"Bearer"', 'Bearer%20']) {
  t.test(`does not read credentials of the scheme ${scheme} as a bearer token (SEC-60)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    t.same(await ask(app, { headers: { authorization: `${scheme} ${await sign()}` } }), unauthenticated)
  })
}

for (const authorization of ['', ' ', '%', '=', '\\']) {
  t.test(`does not read "${authorization}" as a bearer token (SEC-64)`, async (t) => {
    const { trusted } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    t.same(await ask(app, { headers: { authorization } }), unauthenticated)
  })
}

for (const [name, authorization] of Object.entries({
  'a scheme alone': 'Bearer',
  'a scheme and a space': 'Bearer ',
  'a percent sign': 'Bearer %',
  'a tab for a space': 'Bearer\te30.e30.AA',
  'a comma for a space': 'Bearer,e30.e30.AA',
  'a parameter': 'Bearer token="e30.e30.AA"',
  'two tokens': 'Bearer e30.e30.AA e30.e30.AA',
  'two tokens in a list': 'Bearer e30.e30.AA, Bearer e30.e30.AA',
  'a trailing space': 'Bearer e30.e30.AA ',
  'a trailing tab': 'Bearer e30.e30.AA\t',
  'a letter beyond ASCII': 'Bearer é',
  'padding only': 'Bearer ==',
  'padding inside': 'Bearer a=b',
  '16 KiB of spaces': `Bearer ${' '.repeat(16_384)}`,
  '16 KiB of percent signs': `Bearer ${'%'.repeat(16_384)}`
})) {
  t.test(`answers 400 to a header with ${name} (SEC-60, SEC-64)`, async (t) => {
    const { trusted } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    t.same(await ask(app, { headers: { authorization } }), MALFORMED)
  })
}

t.test('answers 401 to a token of 16 KiB (SEC-64)', async (t) => {
  const { trusted } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const answer = await ask(app, { headers: { authorization: `Bearer ${'a'.repeat(16_384)}` } })
  t.same(answer, malformed('longer than 8 KiB'))
})

t.test('answers 400 to two valid Authorization headers (SEC-64)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const good = `Bearer ${await sign()}`
  for (const pair of [
    [good, good],
    [good, 'Basic YTpi'],
    ['Basic YTpi', good]
  ]) {
    t.same(await ask(app, { headers: { authorization: pair } as Record<string, string[]> }), TWICE)
  }
})

t.test('detects the second Authorization header that Node drops, in any letter case (SEC-64)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo // it listens on TCP
  const good = await sign()
  const send = async (...lines: string[]): Promise<string> => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(['GET /me HTTP/1.1', 'Host: localhost', 'Connection: close', ...lines, '', ''].join('\r\n'))
    return text(socket)
  }
  t.match(await send(`Authorization: Bearer ${good}`), /^HTTP\/1.1 200 /)
  const twice = await send(`Authorization: Bearer ${good}`, 'AUTHORIZATION: Basic YTpi')
  t.match(twice, /^HTTP\/1.1 400 /)
  t.match(twice, /\r\nwww-authenticate: Bearer error="invalid_request"/)
})

for (const useSemicolonDelimiter of [true, false]) {
  t.test(
    `answers 400 to a token after any character that may start a query, option ${useSemicolonDelimiter} (K4.4)`,
    async (t) => {
      const { trusted, sign } = await issuer()
      const token = await sign()
      // Fastify's types do not have this router option yet.
      const routerOptions: object = { useSemicolonDelimiter }
      const app = await serve(t, { issuers: [trusted] }, { routerOptions })
      app.get('/o*', { config: { access: everyone } }, async () => 'open')
      for (const url of [
        '/o;access_token=',
        '/o;a=b&access%5Ftoken=',
        '/o;jsessionid=1?access_token=',
        '/o?a=b&access_token='
      ]) {
        t.same(await ask(app, { url: `${url}${token}` }), IN_URL, url)
        t.same(await ask(app, { url, headers: { authorization: `Bearer ${token}` } }), IN_URL, url)
      }
      for (const url of ['/o;a=access_token', '/o;xaccess_token=1', '/o?a=b;access_token', '/o;a?b']) {
        t.equal((await app.inject({ url, headers: { authorization: `Bearer ${token}` } })).statusCode, 200, url)
      }
    }
  )
}

for (const [name, url] of Object.entries({
  'by its name': '/me?access_token=',
  'behind other parameters': '/me?page=2&access_token=',
  'by a percent-encoded name': '/me?access%5Ftoken=',
  'on an open route': '/open?access_token='
})) {
  t.test(
    `answers 400 to a token in the URL ${name}, with or without a valid header (SEC-61, SEC-62, RFC 9700 §4.3.2)`,
    async (t) => {
      const { trusted, sign } = await issuer()
      const app = await serve(t, { issuers: [trusted] })
      const token = await sign()
      t.same(await ask(app, { url: `${url}${token}` }), IN_URL)
      t.same(await ask(app, { url, headers: { authorization: `Bearer ${token}` } }), IN_URL)
    }
  )
}

t.test('keeps a token in the URL out of the log (SEC-62)', async (t) => {
  const { trusted, sign } = await issuer()
  const lines: string[] = []
  const app = Fastify({ logger: { level: 'trace', stream: { write: (line: string) => void lines.push(line) } } })
  await app.register(guard)
  await app.register(bearer, { issuers: [trusted] })
  app.get('/me', { config: { access: authenticated } }, async () => 'ok')
  const token = await sign()
  t.same((await app.inject(`/me?access_token=${token}&page=2`)).statusCode, 400)
  contains(t, lines.join(''), '/me?')
  t.notMatch(lines.join(''), token.slice(-40))
})

t.test('ignores other parameters of the URL (SEC-62)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const headers = { authorization: `Bearer ${await sign()}` }
  t.same(await ask(app, { url: '/me?access=access_token&x_access_token=1', headers }), honoured)
})

t.test('does not accept a token from a body (SEC-61, SEC-63)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, async () => ({}))
  const token = await sign()
  for (const [type, payload] of [
    ['application/x-www-form-urlencoded', `access_token=${token}`],
    ['application/json', JSON.stringify({ access_token: token })]
  ] as const) {
    const request = { method: 'POST', payload, headers: { 'content-type': type } } as const
    t.same(await ask(app, request), unauthenticated)
    const headers = { ...request.headers, authorization: `Bearer ${token}` }
    t.same(await ask(app, { ...request, headers }), honoured, 'only the header counts')
  }
})
