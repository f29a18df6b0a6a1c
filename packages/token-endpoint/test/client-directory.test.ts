import t from 'tap'
import { like } from '@latchkey/exact'
import type { Client } from '@latchkey/token-endpoint'
import { UnavailableError } from '@latchkey/guard'
import { server } from './fixtures/server.ts'

const grantTypes = ['password', 'refresh_token']
const spa: Client = { clientId: 'spa', grantTypes }

for (const [name, found] of Object.entries({ undefined: undefined, null: null, 'another client': spa })) {
  t.test(`a client is unknown when the function returns ${name} (SEC-12)`, async (t) => {
    const { login } = await server({ clients: async () => found })
    like(t, await login({ client_id: 'web' }), { status: 401, body: { error: 'invalid_client' } })
  })
}

t.test('the function may return a database row, with more columns and with null values', async (t) => {
  const row = { ...spa, id: 7, createdAt: new Date(), clientSecretHash: null, scopes: null, disabled: null }
  // A database returns null where the type has an optional member.
  const { login } = await server({ clients: async () => row as unknown as Client })
  like(t, await login({ client_id: 'spa' }), { status: 200 })
})

t.test('the function is not called for an invalid client identifier (SEC-12)', async (t) => {
  const asked: string[] = []
  const clients = async (clientId: string) => {
    asked.push(clientId)
    return undefined
  }
  const { login } = await server({ clients })
  for (const client_id of ['a\0b', 'a\nb', 'x'.repeat(256)]) like(t, await login({ client_id }), { status: 401 })
  like(t, await login({ client_id: 'x'.repeat(255) }), { status: 401 })
  t.same(asked, ['x'.repeat(255)])
})

t.test('an error of the function is answered as a server error (SEC-12, SEC-23)', async (t) => {
  const broken = [
    async () => {
      throw new Error('select * from clients')
    },
    // A JavaScript function may return any value.
    async () => ({ client_id: 'web', grantTypes }) as unknown as Client
  ]
  for (const clients of broken) {
    const { status, text } = await (await server({ clients })).login({ client_id: 'web' })
    like(t, [status, JSON.parse(text)], [500, { error: 'server_error' }])
    t.notMatch(text, /select|client_id/)
  }
  for (const statusCode of [400, 401, 404, 429, 500]) {
    // HTTP libraries throw such errors. Their status is about another request.
    const clients = async () => {
      throw Object.assign(new Error('the other server failed'), { statusCode })
    }
    const { status, text, headers } = await (await server({ clients })).login({ client_id: 'web' })
    like(t, [status, JSON.parse(text)], [500, { error: 'server_error' }], `${statusCode}`)
    t.notOk('www-authenticate' in headers)
  }
  const away = async () => {
    throw new UnavailableError('clients', { retryAfter: 7 })
  }
  const { status, body, headers } = await (await server({ clients: away })).login({ client_id: 'web' })
  like(t, [status, body.error, headers['retry-after']], [503, 'temporarily_unavailable', '7'])
})
