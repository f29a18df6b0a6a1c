import t from 'tap'
import { heard } from '@latchkey/exact/heard'
import { UnavailableError } from '@latchkey/guard'
import type { PasswordRequestEvent } from '@latchkey/password-login'
import type { PasswordLoginEvent } from '@latchkey/passwords'
import { PASSWORD, server, verifyPassword } from './fixtures/server.ts'

const right = { username: 'alice', password: PASSWORD }
const common = { by: 'password', clientId: null }

t.test('publishes and logs each login and each failure, without the name and the password', async (t) => {
  const events = heard<PasswordLoginEvent | PasswordRequestEvent>(t, 'latchkey:login')
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  const { form, json } = await server(
    t,
    {
      throttle: { failures: 3 },
      async verifyPassword(credentials, context) {
        if (credentials.username === 'down') throw new UnavailableError('down')
        if (credentials.username === 'broken') throw new Error(`no row for ${credentials.password}`)
        return verifyPassword(credentials, context)
      }
    },
    { fastify: { logger: { stream, level: 'trace' } } }
  )
  await form(right)
  await json(right)
  await json({ ...right, username: 'canary', password: 'wrong-canary' })
  await form({ username: 'canary' })
  await form(right, { headers: { 'sec-fetch-site': 'cross-site' } })
  await json({ ...right, username: 'down' })
  await json({ ...right, username: 'broken', password: 'wrong-canary' })
  await json(null, { payload: '{"username":"canary","password":"wrong-canary' })
  await json(null, { payload: '{"__proto__":"wrong-canary"}' })
  await form(new URLSearchParams({ username: 'canary', password: 'canary-1' }).toString() + '&password=canary-2')
  for (let turn = 0; turn < 4; turn++) await json({ ...right, password: 'wrong-canary' })
  t.same(
    events.map((event) => ({ ...event })),
    [
      { ...common, kind: 'login', subject: 'id-of-alice' },
      { ...common, kind: 'login', subject: 'id-of-alice' },
      { ...common, kind: 'failed', code: 'refused', subject: null },
      { ...common, kind: 'failed', code: 'malformed', subject: null },
      { ...common, kind: 'failed', code: 'cross_site_request', subject: null },
      { ...common, kind: 'failed', code: 'unavailable', subject: null },
      { ...common, kind: 'failed', code: 'error', subject: null },
      { ...common, kind: 'failed', code: 'malformed', subject: null },
      { ...common, kind: 'failed', code: 'malformed', subject: null },
      { ...common, kind: 'failed', code: 'malformed', subject: null },
      { ...common, kind: 'failed', code: 'refused', subject: null },
      { ...common, kind: 'failed', code: 'refused', subject: null },
      { ...common, kind: 'failed', code: 'refused', subject: null },
      { ...common, kind: 'failed', code: 'throttled', subject: null }
    ]
  )
  const log = lines.join('')
  for (const secret of [PASSWORD, 'canary']) t.notOk(log.includes(secret), `the log does not contain ${secret}`)
  t.match(log, /"event":"latchkey:login","by":"password","clientId":null,"kind":"login","subject":"id-of-alice"/)
})
