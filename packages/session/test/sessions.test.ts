import path from 'node:path'
import t from 'tap'
import { like } from '@latchkey/exact'
import type { CurrentSession } from '@latchkey/session'
import type { SessionStore } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { sqlStore } from '@latchkey/store/sql'
import { serverWith, signIn, start, statusOf, subjectOf } from './fixtures/server.ts'

const sqlite = sqlStore({ file: path.join(t.testdir(), 'sessions.db'), now: () => 0 })
t.before(() => sqlite.migrate())
t.teardown(() => sqlite.close())
const stores: [name: string, store: { sessions: SessionStore }][] = [
  ['memory', memoryStore({ now: () => 0 })],
  ['SQLite', sqlite]
]
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'

for (const [name, store] of stores) {
  t.test(`treats a copied cookie as anonymous after its session ended, in ${name} (SEC-128)`, async (t) => {
    const [app, other] = [await serverWith(t, { options: { store } }), await serverWith(t, { options: { store } })]
    const upstream = { issuer: 'https://id.example', sid: 's1' }
    const ways: [name: string, end: (cookie: string) => Promise<unknown>][] = [
      [
        'sign-out',
        (cookie) =>
          app.inject({ method: 'POST', url: '/sign-out', headers: { cookie, 'sec-fetch-site': 'same-origin' } })
      ],
      ['sign-in', (cookie) => signIn(app, { subject: 'bob' }, { cookie })],
      ['revokeAll', () => app.sessions.revokeAll('alice')],
      ['revokeUpstream', () => app.sessions.revokeUpstream(upstream)],
      ['end', async () => app.sessions.end('alice', (await app.sessions.list('alice'))[0]?.id ?? '')]
    ]
    for (const [name, end] of ways) {
      const cookie = await signIn(app, { subject: 'alice', upstream })
      for (const server of [app, other]) t.equal(await subjectOf(server, cookie), 'alice')
      await end(cookie)
      for (const server of [app, other]) {
        t.equal(await subjectOf(server, cookie), null, name)
        t.equal(await statusOf(server, cookie), 401, name)
      }
    }
  })

  t.test(`lists the sessions of a subject and ends one of them, in ${name}`, async (t) => {
    const app = await serverWith(t, { options: { store, idleTimeout: 3_600 } })
    const subject = `carol of ${name}`
    const idle = await signIn(app, { subject })
    app.clock.time = start + 1_800
    const laptop = await signIn(app, { subject }, { 'user-agent': firefox })
    const named = await signIn(app, { subject, label: '  My\u0000 \u202ephone\n' })
    const foreign = await signIn(app, { subject: 'dave' })
    app.clock.time = start + 3_600
    t.equal(await statusOf(app, idle), 401)

    const list = await app.sessions.list(subject)
    like(t, list, [
      { subject, label: 'Firefox on Linux', createdAt: start + 1_800, expiresAt: start + 1_800 + 14 * 86_400 },
      { label: 'My   phone' }
    ])
    t.equal(list.length, 2)
    const current = async (cookie: string) =>
      (await app.inject({ url: '/me', headers: { cookie } })).json<{ current: CurrentSession }>().current
    t.equal((await current(laptop)).id, list[0]?.id)
    t.equal((await current(named)).id, list[1]?.id)

    const id = (await app.sessions.list('dave'))[0]?.id ?? ''
    t.equal(await app.sessions.end(subject, id), false, 'the session of another subject')
    t.equal(await subjectOf(app, foreign), 'dave')
    for (const unknown of ['', 'x\0', 'A'.repeat(43)]) t.equal(await app.sessions.end(subject, unknown), false)
    t.equal(await app.sessions.end(subject, list[0]?.id ?? ''), true)
    t.equal(await app.sessions.end(subject, list[0]?.id ?? ''), false)
    t.equal(await statusOf(app, laptop), 401)
    t.equal(await statusOf(app, named), 200)
  })

  t.test(`ends an idle session without reporting it as live, in ${name}`, async (t) => {
    const app = await serverWith(t, { options: { store, idleTimeout: 60 } })
    const subject = `erin of ${name}`
    await signIn(app, { subject })
    const id = (await app.sessions.list(subject))[0]?.id ?? ''
    app.clock.time = start + 60
    t.equal(await app.sessions.end(subject, id), false)
    app.clock.time = start
    t.same(await app.sessions.list(subject), [])
  })
}

t.test('returns the session of its request only', async (t) => {
  const app = await serverWith(t)
  const upstream = { issuer: 'https://id.example', sid: 's1' }
  const cookie = await signIn(app, {
    subject: 'alice',
    upstream,
    claims: { a: 1 },
    authenticatedAt: start - 10,
    label: null
  })
  const { current } = (await app.inject({ url: '/open', headers: { cookie } })).json()
  like(t, current, {
    subject: 'alice',
    upstream,
    claims: { a: 1 },
    authenticatedAt: start - 10,
    label: null,
    scopes: null
  })
  const unknown = await signIn(app, { subject: 'alice', authenticatedAt: null })
  const open = await app.inject({ url: '/open', headers: { cookie: unknown } })
  t.equal(open.json().current.authenticatedAt, null, 'the time of the login is unknown')
  t.equal((await app.inject('/open')).json().current, null)
})

t.test('returns no session that the application refused', async (t) => {
  const seen: unknown[] = []
  const app = await serverWith(t, {
    guardOptions: { resolveUser: () => null },
    after: async (app) => {
      app.addHook('onResponse', async (request) => void seen.push(app.sessions.current(request)))
    }
  })
  const cookie = await signIn(app)
  t.equal(await statusOf(app, cookie), 401, 'a disabled user loses access at once (SEC-59)')
  t.same(seen, [null, null])
})

t.test('names a device after its User-Agent header, as far as the header is credible', async (t) => {
  const app = await serverWith(t)
  const agents: [agent: string, label: string | null][] = [
    [firefox, 'Firefox on Linux'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1',
      'Safari on iOS'
    ],
    ['<script>alert(1)</script>/1', null],
    ['', null],
    ['\u0001\u0002', null],
    [`${'x'.repeat(8_000)}/1.0`, null]
  ]
  for (const [agent, label] of agents) {
    const subject = `user of ${agent.slice(0, 40)}`
    await signIn(app, { subject }, { 'user-agent': agent })
    const [session] = await app.sessions.list(subject)
    if (label !== null) t.equal(session?.label, label)
    t.notMatch(session?.label ?? '', /[^\w .-]/)
    t.ok((session?.label ?? '').length <= 160)
  }
  await signIn(app, { subject: 'long', label: '🗝'.repeat(500) })
  t.equal((await app.sessions.list('long'))[0]?.label, '🗝'.repeat(80))
})
