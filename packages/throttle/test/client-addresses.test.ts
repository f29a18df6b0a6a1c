import Fastify, { type FastifyServerOptions } from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import { type ThrottleLimits, throttles } from '@latchkey/throttle'

const LIMITS: ThrottleLimits = { failures: 2, failuresPerAccount: 4, window: 60 }

/** A server that verifies passwords, and its log. */
async function server(fastify: FastifyServerOptions) {
  const logged: { level: number; msg: string }[] = []
  const app = Fastify({
    ...fastify,
    logger: { stream: { write: (line: string) => void logged.push(JSON.parse(line)) } }
  })
  const { forGuessableSecrets, watch } = throttles(app, { plugin: 'login', realm: 'https://login.example.com' })
  const throttle = forGuessableSecrets('passwords', LIMITS)
  let verified = 0
  app.addHook('onRequest', async (request) => watch(request))
  app.post<{ Body: string }>('/', async (request, reply) => {
    const user = await throttle.attempt({ account: 'ada', request }, async () => {
      verified++
      return request.body === 'right' ? { subject: 'ada' } : null
    })
    return reply.code(user === null ? 400 : 200).send()
  })
  const send = async (password: string, remoteAddress: string, given: Readonly<Record<string, string>>) => {
    const headers = { 'content-type': 'text/plain', ...given }
    return (await app.inject({ method: 'POST', url: '/', payload: password, headers, remoteAddress })).statusCode
  }
  return { app, logged, send, verified: () => verified }
}

/** A server that trusts every proxy, as with `trustProxy: true`. */
async function trusting() {
  const { send, ...others } = await server({ trustProxy: true })
  const attempt = async (password: string, remoteAddress: string, forwardedFor?: string): Promise<number> =>
    send(password, remoteAddress, forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor })
  return { ...others, attempt }
}

/** A server that receives correct passwords. */
async function logging(fastify: FastifyServerOptions) {
  const { send, ...others } = await server(fastify)
  const ask = async (remoteAddress: string, headers: Readonly<Record<string, string>>): Promise<number> =>
    send('right', remoteAddress, headers)
  return { ...others, ask }
}

for (const [name, remoteAddress, forwardedFor] of [
  ['written by its own proxy', '10.0.0.1', (i: number) => `203.0.${i}.1, 198.51.100.7`],
  ['written by the first of two proxies', 'fd00::1', (i: number) => `203.0.${i}.1, 2001:db8::7, fd00::5`],
  ['written by its own proxy in a private network', '10.0.0.1', (i: number) => `10.2.${i}.1, 10.9.9.9`],
  ['before an entry that is not an address', '10.0.0.1', (i: number) => `203.0.${i}.1, 198.51.100.7, unknown`],
  ['of the connection', '198.51.100.7', (i: number) => `203.0.${i}.1`]
] as const) {
  t.test(`invented addresses give no further attempts: the site is the address ${name} (K4.2, SEC-28)`, async (t) => {
    const { attempt, verified } = await trusting()
    const statuses = []
    for (let i = 0; i < 20; i++) statuses.push(await attempt(`guess-${i}`, remoteAddress, forwardedFor(i)))
    t.same(statuses, [...Array<number>(4).fill(400), ...Array<number>(16).fill(429)])
    t.equal(verified(), 4)
    t.equal(await attempt('right', '10.0.0.1', '192.0.2.99'), 200, 'another site')
  })
}

t.test('a connection without X-Forwarded-For is its own site (K4.2)', async (t) => {
  const { attempt } = await trusting()
  for (let i = 0; i < 4; i++) await attempt('guess', '10.0.0.9', `203.0.${i}.1`)
  t.equal(await attempt('right', '10.0.0.7'), 200)
})

t.test('warns at the first request when the Fastify version hides its trust function (K4.2)', async (t) => {
  const symbols = t.intercept(Object, 'getOwnPropertySymbols', { value: () => [] })
  const { attempt, logged } = await trusting()
  symbols.restore()
  const warnings = () => logged.filter(({ level, msg }) => level === 40 && msg.includes('trusts every proxy'))
  t.same(warnings(), [])
  await attempt('guess', '10.0.0.1', '203.0.113.1')
  await attempt('guess', '10.0.0.1', '203.0.113.1')
  t.equal(warnings().length, 1)
})

const EVERY = 'Fastify trusts every proxy'

for (const [name, trustProxy, expected] of [
  ['true', true, 1],
  ['a function that always returns true', () => true, 1],
  ['a list of networks that cover all addresses', '0.0.0.0/1,128.0.0.0/1', 1],
  ['false', false, 0],
  ['the address of a proxy', '10.0.0.1', 0],
  ['a list of networks', '10.0.0.0/8,192.0.2.0/24', 0],
  ['a function that checks the address', (address: string) => address === '10.0.0.1', 0]
] as const) {
  t.test(`${expected ? 'warns' : 'does not warn'} at the start when trustProxy is ${name} (K4.2)`, async (t) => {
    const { app, logged, ask } = await logging({ trustProxy })
    await app.ready()
    const warnings = () => logged.filter(({ level, msg }) => level === 40 && msg.includes(EVERY))
    t.equal(warnings().length, expected)
    for (const line of warnings()) like(t, line, { msg: /trustProxy to the addresses of the proxies/ })
    await ask('10.0.0.1', { 'x-forwarded-for': '203.0.113.7' })
    t.equal(warnings().length, expected, 'one warning in total')
  })
}

const UNTRUSTED = /comes from a proxy that Fastify does not trust/
const NO_ADDRESS = /writes no address into X-Forwarded-For/
const FORWARDED = /sends Forwarded, and Fastify reads X-Forwarded-For only/

for (const [name, trustProxy, remoteAddress, headers, warning] of [
  ['an untrusted proxy on this machine', false, '127.0.0.1', { 'x-forwarded-for': '203.0.113.7' }, UNTRUSTED],
  ['an untrusted private proxy', false, '10.0.0.1', { 'x-forwarded-for': '203.0.113.7' }, UNTRUSTED],
  ['an untrusted IPv6 proxy', false, 'fd00::1', { 'x-forwarded-for': '203.0.113.7' }, UNTRUSTED],
  ['an untrusted second proxy', '127.0.0.1', '127.0.0.1', { 'x-forwarded-for': '203.0.113.7, 10.0.0.5' }, UNTRUSTED],
  // Fastify ignores a number, and its types do not allow one.
  [
    'a proxy with trustProxy as a number',
    1 as unknown as string,
    '10.0.0.1',
    { 'x-forwarded-for': '203.0.113.7' },
    UNTRUSTED
  ],
  ['a proxy that sends Forwarded', false, '10.0.0.1', { forwarded: 'for=203.0.113.7' }, FORWARDED],
  ['a proxy that writes no address', '10.0.0.1', '10.0.0.1', { 'x-forwarded-for': 'unknown' }, NO_ADDRESS],
  ['a second proxy without an address', '10.0.0.1', '10.0.0.1', { 'x-forwarded-for': '203.0.113.7, _b' }, UNTRUSTED],
  ['a trusted proxy', '10.0.0.1', '10.0.0.1', { 'x-forwarded-for': '203.0.113.7:40040' }, null],
  ['a private client behind a trusted proxy', '10.0.0.1', '10.0.0.1', { 'x-forwarded-for': '10.2.3.4' }, null],
  ['a public client that invents an address', false, '203.0.113.7', { 'x-forwarded-for': '192.0.2.1' }, null],
  ['a client without a proxy', false, '127.0.0.1', {}, null]
] as const) {
  t.test(`${warning ? 'warns once about' : 'does not warn about'} ${name} (K4.2)`, async (t) => {
    const { logged, ask } = await logging({ trustProxy })
    for (let i = 0; i < 3; i++) t.equal(await ask(remoteAddress, headers), 200)
    const warnings = logged.filter(({ level, msg }) => level === 40 && msg.includes('trustProxy'))
    t.equal(warnings.length, warning === null ? 0 : 1)
    for (const line of warnings) {
      like(t, line, { msg: warning ?? /never/ })
      t.notMatch(line.msg, /203\.0\.113|192\.0\.2/, 'the message contains no address of the request')
    }
  })
}
