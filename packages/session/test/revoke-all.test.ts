import t from 'tap'
import { serverWith } from './fixtures/server.ts'

t.test('app.guard.revokeAll() ends the sessions of the subject only (SEC-86)', async (t) => {
  const app = await serverWith(t)
  const cookies = await Promise.all(
    ['alice', 'bob'].map(async (subject) => {
      const { cookies } = await app.inject({ method: 'POST', url: '/sign-in', payload: { subject } })
      return cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    })
  )
  await app.guard.revokeAll('alice')
  const statuses = await Promise.all(
    cookies.map(async (cookie) => (await app.inject({ url: '/me', headers: { cookie } })).statusCode)
  )
  t.same(statuses, [401, 200])
})
