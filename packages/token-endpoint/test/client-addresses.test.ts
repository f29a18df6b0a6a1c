import t from 'tap'
import { type Grant, type ThrottleLimits, TokenError } from '@latchkey/token-endpoint'
import { server } from './server.ts'

const LIMITS: ThrottleLimits = { failures: 2, failuresPerAccount: 4, window: 60 }

/** A server that trusts every proxy, as those do whose `trustProxy` is `true`, and a throttle of passwords. */
async function trusting() {
  const logged: { level: number; msg: string }[] = []
  const logger = { stream: { write: (line: string) => void logged.push(JSON.parse(line)) } }
  const { app, post } = await server({}, { fastify: { trustProxy: true, logger }, grants: [] })
  const throttle = app.tokenEndpoint.throttle('passwords', LIMITS)
  let verified = 0
  const grant: Grant = {
    grantType: 'password',
    async handle({ parameters, client: { clientId }, request }) {
      const account = parameters.get('username') ?? ''
      const user = await throttle.attempt({ account, clientId, request }, async () => {
        verified++
        return parameters.get('password') === 'right' ? { subject: account } : null
      })
      if (user === null) throw new TokenError('invalid_grant', 'No.')
      return { subject: account, scopes: [], authenticatedAt: 1_000 }
    }
  }
  app.tokenEndpoint.addGrant(grant)
  const attempt = async (password: string, remoteAddress: string, forwardedFor?: string): Promise<number> => {
    const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
    return (await post({ grant_type: 'password', username: 'ada', password }, { headers, remoteAddress })).status
  }
  return { attempt, logged, verified: () => verified }
}

for (const [name, remoteAddress, forwardedFor] of [
  ['its own proxy wrote', '10.0.0.1', (i: number) => `203.0.${i}.1, 198.51.100.7`],
  ['the first of two proxies wrote', 'fd00::1', (i: number) => `203.0.${i}.1, 2001:db8::7, fd00::5`],
  ['its own proxy wrote in a private network', '10.0.0.1', (i: number) => `10.2.${i}.1, 10.9.9.9`],
  ['the connection has', '198.51.100.7', (i: number) => `203.0.${i}.1`]
] as const) {
  t.test(`made-up addresses do not open an account: its site is the address that ${name} (K4.2, SEC-28)`, async (t) => {
    const { attempt, verified } = await trusting()
    const statuses = []
    for (let i = 0; i < 20; i++) statuses.push(await attempt(`guess-${i}`, remoteAddress, forwardedFor(i)))
    t.same(statuses, [...Array<number>(4).fill(400), ...Array<number>(16).fill(429)])
    t.equal(verified(), 4)
    t.equal(await attempt('right', '10.0.0.1', '192.0.2.99'), 200, 'another site')
  })
}

t.test('a connection without a proxy is its own site (K4.2)', async (t) => {
  const { attempt } = await trusting()
  for (let i = 0; i < 4; i++) await attempt('guess', '10.0.0.9', `203.0.${i}.1`)
  t.equal(await attempt('right', '10.0.0.7'), 200)
})

t.test('warns at the first request where this version of Fastify hides what it makes requests of (K4.2)', async (t) => {
  const symbols = t.intercept(Object, 'getOwnPropertySymbols', { value: () => [] })
  const { attempt, logged } = await trusting()
  symbols.restore()
  const warnings = () => logged.filter(({ level, msg }) => level === 40 && msg.includes('trusts every proxy'))
  t.same(warnings(), [])
  await attempt('guess', '10.0.0.1', '203.0.113.1')
  await attempt('guess', '10.0.0.1', '203.0.113.1')
  t.equal(warnings().length, 1)
})
