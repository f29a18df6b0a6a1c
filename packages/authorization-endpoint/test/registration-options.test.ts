import authorizationEndpoint, { type AuthorizationEndpointOptions } from '@latchkey/authorization-endpoint'
import { rejectsLike } from '@latchkey/exact'
import guard from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { issuer } from './fixtures/server.ts'
import { testSessions } from './fixtures/session.ts'

const key = await generateSigningKey()

async function start(t: Test, options: Partial<AuthorizationEndpointOptions>): Promise<void> {
  const store = memoryStore()
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, {})
  await app.register(testSessions)
  await app.register(tokenEndpoint, { issuer, audience: issuer, keys: [key], store })
  await app.register(authorizationEndpoint, { store, ...options })
}

for (const [options, message] of [
  [{ clientDocuments: 'yes' }, /clientDocuments must be an object with allowedHosts, insecureClientHosts/],
  [{ clientDocuments: { allowedHosts: [] } }, /clientDocuments\.allowedHosts must be a list of at least one host/],
  [{ clientDocuments: { allowedHosts: ['App.example.com'] } }, /allowedHosts\[0\] must be a host such as 'app/],
  [{ clientDocuments: { allowedHosts: ['*.example.com'] } }, /allowedHosts\[0\] must be a host such as 'app/],
  [{ clientDocuments: { allowedHosts: ['app.example.com/a'] } }, /allowedHosts\[0\] must be a host such as 'app/],
  [{ clientDocuments: { allowedHosts: ['app.example.com:443'] } }, /allowedHosts\[0\] must be a host such as 'app/],
  [{ clientDocuments: { insecureClientHosts: 'localhost' } }, /insecureClientHosts must be a list of hosts/],
  [{ clientDocuments: { insecureClientHosts: ['10.0.0.1'] } }, /insecureClientHosts\[0\] must be a host on loopback/],
  [{ clientDocuments: { insecureClientHosts: ['localhost:80'] } }, /insecureClientHosts\[0\] must be a host on/],
  [{ clientDocuments: { hosts: [] } }, /clientDocuments\.hosts does not exist/],
  [{ registration: 1 }, /registration must be an object with path, initialAccessToken, most, perMinute/],
  [{ registration: { path: 'register' } }, /registration\.path must be a path such as '\/register'/],
  [
    { registration: { initialAccessToken: 'secret' } },
    /initialAccessToken must be a string of 32 random bytes or more/
  ],
  [{ registration: { most: 0 } }, /registration\.most must be a whole number of clients from 1/],
  [{ registration: { perMinute: 1.5 } }, /registration\.perMinute must be a whole number of requests from 1/]
] as const) {
  t.test(`refuses ${JSON.stringify(options)}`, async (t) => {
    await rejectsLike(t, start(t, options as Partial<AuthorizationEndpointOptions>), { message })
  })
}

t.test('refuses insecure hosts in production, and no others', async (t) => {
  t.intercept(process, 'env', { value: { ...process.env, NODE_ENV: 'production' } })
  await rejectsLike(t, start(t, { clientDocuments: { insecureClientHosts: ['127.0.0.1:4000'] } }), {
    message: /clientDocuments\.insecureClientHosts is for development, and NODE_ENV is production. Fix: leave it out$/
  })
  for (const clientDocuments of [true, false, {}, { insecureClientHosts: [] }]) await start(t, { clientDocuments })
})

t.test('accepts hosts as URLs write them', async (t) => {
  const allowedHosts = ['app.example.com', 'app.example.com:8443', 'xn--bcher-kva.example', '[2001:db8::1]']
  const insecureClientHosts = ['localhost', '[::1]:4000', '127.0.0.1']
  await start(t, { clientDocuments: { allowedHosts, insecureClientHosts }, registration: {} })
})
