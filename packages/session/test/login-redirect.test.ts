import t from 'tap'
import { authenticated } from '@latchkey/guard'
import { serverWith, signIn } from './fixtures/server.ts'

const navigation = { 'sec-fetch-mode': 'navigate' }

t.test('sends a browser that opens a guarded page to the login page, and says where it wanted to go', async (t) => {
  const app = await serverWith(t, { options: { loginPath: '/login' } })
  const response = await app.inject({ url: '/me?a=1&b=%2F#c', headers: navigation })
  t.equal(response.statusCode, 303)
  t.equal(response.headers.location, '/login?returnTo=%2Fme%3Fa%3D1%26b%3D%252F')
  t.equal(response.headers['cache-control'], 'no-store')
  t.equal(response.headers.vary, 'Cookie')
  const rubbish = await app.inject({ url: '/me', headers: { ...navigation, cookie: '__Host-session=x' } })
  t.equal(rubbish.headers.location, '/login?returnTo=%2Fme')
  t.equal((await app.inject('/me')).statusCode, 401)
  t.equal((await app.inject({ url: '/me', headers: { ...navigation, cookie: await signIn(app) } })).statusCode, 200)
})

t.test('never names another site as the page to return to (SEC-123)', async (t) => {
  for (const origin of ['https://app.example.com', undefined]) {
    const app = await serverWith(t, {
      options: { loginPath: '/login', origin },
      after: async (app) => void app.get('/*', { config: { access: authenticated } }, async () => 'page')
    })
    for (const url of [
      '//evil.example/%2f..',
      '/%2fevil.example',
      '/%5cevil.example',
      '/.//evil.example',
      '/\\evil.example'
    ]) {
      const response = await app.inject({ url: `http://app.example.com${url}`, headers: navigation })
      t.equal(response.statusCode, 303)
      t.equal(response.headers.location, '/login?returnTo=%2F', url)
    }
  }
})

t.test('sends nobody in a circle, and nobody anywhere without a login page', async (t) => {
  const guarded = {
    after: async (app: Parameters<typeof signIn>[0]) =>
      void app.get('/login', { config: { access: authenticated } }, async () => 'login')
  }
  const app = await serverWith(t, { options: { loginPath: '/login' }, ...guarded })
  t.equal((await app.inject({ url: '/login?returnTo=%2F', headers: navigation })).statusCode, 401)
  t.equal((await (await serverWith(t)).inject({ url: '/me', headers: navigation })).statusCode, 401)
})
