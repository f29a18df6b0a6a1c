import Fastify from 'fastify'
import t from 'tap'
import guard, { allOf, everyone } from '@latchkey/guard'
import { requestCredentials } from '@latchkey/guard/plugin'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

t.test('returns the credential that authenticated a request, and no other', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  const current = requestCredentials<string>('key')
  const other = requestCredentials<string>('other')
  const key = keyAuthenticator()
  app.guard.addAuthenticator({
    ...key,
    authenticate(request) {
      other.remember(request, 'of another authenticator')
      if (request.headers['key'] !== undefined) current.remember(request, String(request.headers['key']))
      return request.headers['key'] === undefined ? null : key.authenticate(request)
    }
  })
  app.get('/', { config: { access: everyone } }, async (request) => [current.of(request), other.of(request)])
  let refused: unknown = 'not asked'
  app.addHook('onResponse', async (request) => {
    refused = current.of(request)
  })
  app.get('/read', { config: { access: allOf('read') } }, async () => 'read')
  t.same((await app.inject({ url: '/', headers: { key: 'ann' } })).json(), ['ann', null])
  t.same((await app.inject('/')).json(), [null, null])
  t.equal((await app.inject({ url: '/read', headers: { key: 'bad' } })).statusCode, 401)
  t.equal(refused, null, 'a refused credential counts as none')
})

t.test('keeps the credentials of two authenticators with one scheme apart', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  const [one, two] = [requestCredentials<number>('key'), requestCredentials<number>('key')]
  const key = keyAuthenticator()
  app.guard.addAuthenticator({
    ...key,
    authenticate(request) {
      one.remember(request, 0)
      return key.authenticate(request)
    }
  })
  app.get('/', { config: { access: everyone } }, async (request) => [one.of(request), two.of(request)])
  t.same((await app.inject({ url: '/', headers: { key: 'ann' } })).json(), [0, null])
})
