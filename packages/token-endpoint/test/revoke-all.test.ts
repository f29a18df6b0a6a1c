import t from 'tap'
import { like } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import type { Grant } from '@latchkey/token-endpoint'
import { clock } from './fixtures/clock.ts'
import { claimsOf, isRevoked, started, toyGrant } from './fixtures/server.ts'

const refused = { status: 400, body: { error: 'invalid_grant' } }

t.test(
  'revokeAll() ends all sign-ins and tokens of a subject, at all clients (SEC-86, RFC 9700 §4.14.2)',
  async (t) => {
    const grantTypes = ['password', 'refresh_token']
    const clients = [
      { clientId: 'app', grantTypes },
      { clientId: 'cli', grantTypes: ['password'] }
    ]
    const { app, login, refresh } = await started(t, { clients })
    const mine = [
      await login({ client_id: 'app' }),
      await login({ client_id: 'app' }),
      await login({ client_id: 'cli' })
    ]
    const issued = await app.tokenEndpoint.issue({ subject: 'alice', clientId: 'app' })
    const bob = await login({ client_id: 'app', username: 'bob' })
    await app.tokenEndpoint.revokeAll('alice')
    for (const { body } of mine) t.ok(isRevoked(app, body.access_token))
    for (const { body } of mine.slice(0, 2)) like(t, await refresh(body.refresh_token, { client_id: 'app' }), refused)
    t.ok(isRevoked(app, issued))
    t.notOk(isRevoked(app, bob.body.access_token))
    like(t, await refresh(bob.body.refresh_token, { client_id: 'app' }), { status: 200 })
  }
)

t.test('a sign-in within the same second as revokeAll() remains (SEC-86)', async (t) => {
  const time = clock()
  const { app, login, refresh } = await started(t, { now: time.now })
  const before = await login()
  await app.tokenEndpoint.revokeAll('alice')
  const after = await login()
  const issued = await app.tokenEndpoint.issue({ subject: 'alice', clientId: 'first-party' })
  t.ok(isRevoked(app, before.body.access_token))
  for (const token of [after.body.access_token, issued]) {
    t.notOk(isRevoked(app, token))
    like(t, claimsOf(token), { iat: time.seconds + 2, exp: time.seconds + 600 })
  }
  const early = await refresh(after.body.refresh_token)
  like(t, early, { status: 503, body: { error: 'temporarily_unavailable' }, headers: { 'retry-after': '2' } })
  time.seconds += 2
  const refreshed = await refresh(after.body.refresh_token)
  t.equal(refreshed.status, 200)
  t.notOk(isRevoked(app, refreshed.body.access_token), 'the refreshed token is valid')
  await app.tokenEndpoint.revokeAll('alice')
  for (const token of [after.body.access_token, issued]) t.ok(isRevoked(app, token), 'the new sign-in can be revoked')
})

t.test('revokeAll() revokes a token of a process whose clock is a second ahead (SEC-86)', async (t) => {
  const time = clock()
  // Without a clock of the store, each process uses its own clock.
  const { refreshTokens, revocations } = memoryStore({ now: time.now })
  const store = { refreshTokens, revocations }
  const here = await started(t, { store, now: time.now })
  const ahead = await started(t, { store, now: () => time.now() + 1_000 })
  const token = await ahead.app.tokenEndpoint.issue({ subject: 'alice', clientId: 'app' })
  await here.app.tokenEndpoint.revokeAll('alice')
  const [{ revokedAt } = { revokedAt: 0 }] = (await revocations.since(null)).revocations
  t.equal(claimsOf(token)['iat'], revokedAt)
  t.ok(isRevoked(here.app, token))
})

t.test(
  'repeated calls of revokeAll() delay the next sign-in, and date its token five seconds ahead at most (SEC-86)',
  async (t) => {
    const time = clock()
    const { app, login } = await started(t, { now: time.now })
    for (let call = 0; call < 40; call++) await app.tokenEndpoint.revokeAll('alice')
    const { status, headers } = await login()
    t.equal(status, 503)
    time.seconds += Number(headers['retry-after'])
    const again = await login()
    t.equal(again.status, 200)
    t.ok(Number(claimsOf(again.body.access_token).iat) <= time.seconds + 5)
    t.notOk(isRevoked(app, again.body.access_token))
  }
)

t.test('revokeAll() rejects a subject that is not a text', async (t) => {
  const { app } = await started(t)
  for (const subject of ['', undefined, 7]) {
    // JavaScript callers may pass these values.
    await t.rejects(app.tokenEndpoint.revokeAll(subject as string), TypeError)
  }
})

t.test('revokeAll() ends a sign-in that is in progress (SEC-86)', async (t) => {
  let meanwhile = async (): Promise<void> => {}
  const slow: Grant = {
    grantType: 'password',
    async handle(request) {
      const granted = await toyGrant.handle(request)
      await meanwhile()
      return granted
    }
  }
  const store = memoryStore()
  const families: string[] = []
  const start: typeof store.refreshTokens.start = async (token) => {
    families.push(token.hash)
    await store.refreshTokens.start(token)
  }
  const one = await started(
    t,
    { store: { ...store, refreshTokens: { ...store.refreshTokens, start } } },
    { grants: [slow] }
  )
  const other = await started(t, { store })
  for (const { app } of [one, other]) {
    meanwhile = async () => app.tokenEndpoint.revokeAll('alice')
    like(t, await one.login(), { status: 503, body: { error: 'temporarily_unavailable' } })
    t.equal(await store.refreshTokens.find(families.pop() ?? ''), null)
  }
  meanwhile = async () => one.app.tokenEndpoint.revokeAll('bob')
  like(t, await one.login(), { status: 200 }, 'another subject was revoked')
})

t.test('revokeAll() ends a refresh that is in progress (SEC-86)', async (t) => {
  const time = clock()
  const store = memoryStore({ now: time.now })
  let revokeSubject = store.refreshTokens.revokeSubject
  const refreshTokens = { ...store.refreshTokens, revokeSubject: async (subject: string) => revokeSubject(subject) }
  const { app, login, refresh } = await started(t, { now: time.now, store: { ...store, refreshTokens } })
  const { body } = await login()
  let late = ''
  revokeSubject = async (subject) => {
    time.seconds += 5
    late = (await refresh(body.refresh_token)).body.access_token
    await store.refreshTokens.revokeSubject(subject)
  }
  await app.tokenEndpoint.revokeAll('alice')
  like(t, claimsOf(late), { iat: time.seconds })
  t.ok(isRevoked(app, late))
})

t.test('timeOfCode() returns a time that the last revocation by any process does not cover (SEC-86)', async (t) => {
  const time = clock()
  const store = memoryStore({ now: time.now })
  const [here, there] = [await started(t, { store, now: time.now }), await started(t, { store, now: time.now })]
  const isCodeRevoked = (iat: number): boolean =>
    here.app.tokenEndpoint.isRevoked({ jti: 'family.code', sub: 'alice', iat })
  const first = await here.app.tokenEndpoint.timeOfCode('alice')
  t.equal(first, time.seconds)
  await there.app.tokenEndpoint.revokeAll('alice')
  const second = await here.app.tokenEndpoint.timeOfCode('alice')
  t.same([second, await here.app.tokenEndpoint.timeOfCode('bob')], [time.seconds + 2, time.seconds])
  t.same([first, second].map(isCodeRevoked), [true, false])
  await here.app.tokenEndpoint.revokeAll('alice')
  t.equal(isCodeRevoked(second), true)
})

t.test(
  'keepRevocations() keeps revocations for longer than access tokens live, and never for less (SEC-86)',
  async (t) => {
    const time = clock()
    for (const { kept, isRemembered } of [
      { kept: [], isRemembered: false },
      { kept: [600, 1], isRemembered: true }
    ]) {
      const { app } = await started(t, { accessTokenLifetime: 1, now: time.now })
      for (const seconds of kept) app.tokenEndpoint.keepRevocations(seconds)
      const iat = await app.tokenEndpoint.timeOfCode('alice')
      await app.tokenEndpoint.revokeAll('alice')
      time.seconds += 500
      // Reads the feed, and forgets what has expired.
      await app.tokenEndpoint.revokeAll('bob')
      t.equal(app.tokenEndpoint.isRevoked({ jti: 'family.code', sub: 'alice', iat }), isRemembered)
    }
  }
)
