import t from 'tap'
import { like } from '@latchkey/exact'
import { heard } from '@latchkey/exact/heard'
import { correlationId } from '@latchkey/guard'
import type { SessionEvent } from '@latchkey/session'
import { serverWith, signIn } from './fixtures/server.ts'

const HASH = /^[\w-]{43}$/

t.test('reports the start and the end of a session in a channel and in the log (SEC-149)', async (t) => {
  const lines: string[] = []
  const logger = { stream: { write: (line: string) => void lines.push(line) } }
  const app = await serverWith(t, { server: { logger } })
  const events = heard<SessionEvent>(t, 'latchkey:session')
  const first = await signIn(app, { subject: 'alice', claims: { name: 'canary-name' } })
  const second = await signIn(app, { subject: 'alice' }, { cookie: first })
  await app.inject({ method: 'POST', url: '/sign-out', headers: { cookie: second, 'sec-fetch-site': 'same-origin' } })
  const third = await signIn(app, {
    subject: 'bob',
    upstream: { issuer: 'https://provider.example', sid: 'canary-sid' }
  })
  const [{ id } = { id: '' }] = await app.sessions.list('bob')
  t.equal(await app.sessions.end('alice', id), false)
  t.equal(await app.sessions.end('bob', id), true)
  await app.sessions.revokeAll('bob')
  await app.sessions.revokeUpstream({ issuer: 'https://provider.example', sid: 'canary-sid' })

  const expected = [
    { kind: 'started', subject: 'alice', session: HASH },
    { kind: 'ended', subject: 'alice', session: HASH, reason: 'replaced' },
    { kind: 'started', subject: 'alice', session: HASH },
    { kind: 'ended', subject: 'alice', session: HASH, reason: 'signed-out' },
    { kind: 'started', subject: 'bob', session: HASH },
    { kind: 'ended', subject: 'bob', session: HASH, reason: 'requested' },
    { kind: 'all-ended', subject: 'bob' },
    { kind: 'upstream-ended', issuer: 'https://provider.example', upstream: correlationId('canary-sid') }
  ]
  like(t, events, expected)
  t.equal(events.length, expected.length)
  t.ok(events.every(Object.isFrozen))
  const told = lines.map((line) => JSON.parse(line) as { event?: string })
  like(
    t,
    told.filter(({ event }) => event === 'latchkey:session'),
    expected.map((event) => ({ level: 30, ...event }))
  )
  for (const said of [JSON.stringify(events), lines.join('')]) {
    t.notMatch(said, /canary/)
    for (const secret of [first, second, third, id]) t.notOk(said.includes(secret.replace(/^[^=]*=/, '')))
  }
})

t.test('uses one name for a session in all its events (SEC-149)', async (t) => {
  const app = await serverWith(t)
  const events = heard<SessionEvent>(t, 'latchkey:session')
  const cookie = await signIn(app)
  await app.inject({ method: 'POST', url: '/sign-out', headers: { cookie, 'sec-fetch-site': 'same-origin' } })
  const names = events.map((event) => ('session' in event ? event.session : null))
  t.equal(names.length, 2)
  t.equal(names[0], names[1])
})
