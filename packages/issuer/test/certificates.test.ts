import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { fetchJson, issuerMetadata, remoteKeySet, tellOfTlsFailure, type UpstreamEvent } from '@latchkey/issuer'
import { generate } from 'selfsigned'
import t, { type Test } from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { heard } from '@latchkey/exact/heard'
import { rememberingLog } from './fixtures/log.ts'

const untrusted = {
  code: 'LATCHKEY_UPSTREAM_UNREACHABLE',
  statusCode: 503,
  cause: { message: /^GET https:\/\/localhost:\d+\/: DEPTH_ZERO_SELF_SIGNED_CERT$/ }
}

t.test('rejects a self-signed certificate (SEC-146)', async (t) => {
  const { origin, cert } = await selfSigned(t)
  t.equal(await statusOf(origin, { ca: cert }), 200, 'the certificate is valid otherwise')
  await rejectsLike(t, fetchJson(origin), untrusted)
  await rejectsLike(t, remoteKeySet(`${origin}/`).find({ alg: 'ES256' }), untrusted)
})

t.test('reports an untrusted certificate as an event and as a warning (SEC-149)', async (t) => {
  const { origin } = await selfSigned(t)
  const url = `${origin}/jwks?canary`
  const told = { kind: 'tls-failed', origin, code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }
  await t.rejects(fetchJson(url), 'works without a subscriber')
  const events = heard<UpstreamEvent>(t, 'latchkey:upstream')
  const log = rememberingLog()
  await t.rejects(fetchJson(url))
  await t.rejects(remoteKeySet(url, { log }).find({ alg: 'ES256' }))
  t.strictSame(events, [told, told])
  t.ok(events.every(Object.isFrozen))
  like(t, log.lines, [{ level: 'warn', details: { reason: /: DEPTH_ZERO_SELF_SIGNED_CERT$/ } }])
})

t.test('reports no other failures (SEC-149)', async (t) => {
  const events = heard<UpstreamEvent>(t, 'latchkey:upstream')
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  server.close()
  await once(server, 'close')
  await t.rejects(fetchJson(`https://localhost:${port}/`))
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_SOCKET', '', undefined, 1]) {
    tellOfTlsFailure('https://login.example.com/token?secret', code)
  }
  t.same(events, [])
})

for (const code of [
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'HOSTNAME_MISMATCH',
  'EPROTO'
]) {
  t.test(`reports ${code} with the origin only (SEC-149)`, async (t) => {
    const events = heard<UpstreamEvent>(t, 'latchkey:upstream')
    tellOfTlsFailure('https://login.example.com/token?secret', code)
    t.strictSame(events, [{ kind: 'tls-failed', origin: 'https://login.example.com', code }])
  })
}

t.test('checks certificates although NODE_TLS_REJECT_UNAUTHORIZED is 0 (SEC-146)', async (t) => {
  const { origin } = await selfSigned(t)
  t.intercept(process, 'emitWarning')
  turnChecksOff(t)
  t.equal(await statusOf(origin), 200, 'other clients do not check')
  await rejectsLike(t, fetchJson(origin), untrusted)
})

t.test('warns once in each log that NODE_TLS_REJECT_UNAUTHORIZED is 0 (SEC-146)', async (t) => {
  const before = rememberingLog()
  remoteKeySet('https://login.example.com/jwks', { log: before })
  t.same(before.lines, [])
  turnChecksOff(t)
  const [first, second] = [rememberingLog(), rememberingLog()]
  remoteKeySet('https://login.example.com/jwks', { log: first })
  issuerMetadata('https://login.example.com', { log: first })
  issuerMetadata('https://login.example.com', { log: second })
  for (const { lines } of [first, second]) {
    like(t, lines, [{ level: 'warn', message: /^NODE_TLS_REJECT_UNAUTHORIZED=0 turns off certificate checks/ }])
    t.equal(lines.length, 1)
  }
  t.ok(remoteKeySet('https://login.example.com/jwks'), 'works without a subscriber')
})

function turnChecksOff(t: Test): void {
  t.teardown(() => {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
  })
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
}

async function selfSigned(t: Test): Promise<{ origin: string; cert: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }]
  })
  const server = createServer({ key, cert }, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"keys":[]}')
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  t.teardown(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const { port } = server.address() as AddressInfo // it listens on a port
  return { origin: `https://localhost:${port}`, cert }
}

/** Returns the status that another client in this process receives. */
async function statusOf(origin: string, options: { ca?: string } = {}): Promise<number | undefined> {
  const call = request(origin, { ...options, agent: false }).end()
  const [response] = (await once(call, 'response')) as [IncomingMessage] // the only argument of this event
  response.resume()
  return response.statusCode
}
