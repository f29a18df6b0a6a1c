import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import t, { type Test } from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { correlationId } from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import type { Grant, Granted, RevocationEvent } from '@latchkey/token-endpoint'
import { claimsOf, isRevoked, server, type Server, started, toyGrant } from './fixtures/server.ts'

const grantTypes = ['password', 'refresh_token']
const clients = [
  { clientId: 'app', grantTypes },
  { clientId: 'cli', grantTypes: ['password'] }
]

/** A grant that chooses the family, and waits before it returns. */
function chosen(familyId: unknown, meanwhile = async (): Promise<void> => {}): Grant {
  return {
    grantType: 'password',
    async handle(request) {
      const granted = await toyGrant.handle(request)
      await meanwhile()
      return { ...granted, familyId } as Granted // a plugin in JavaScript may return any value
    }
  }
}

function familyOf(accessToken: string): string | undefined {
  const [family, ...rest] = String(claimsOf(accessToken)['jti']).split('.')
  return rest.length === 0 ? undefined : family
}

function revocationsDuring(t: Test): RevocationEvent[] {
  const events: RevocationEvent[] = []
  const listen = (event: unknown): void => void events.push(event as RevocationEvent)
  subscribe('latchkey:revocation', listen)
  t.teardown(() => unsubscribe('latchkey:revocation', listen))
  return events
}

t.test('revokeFamily() ends the tokens of one sign-in and no others (SEC-86)', async (t) => {
  const { app, login, refresh } = await started(t, { clients })
  const [mine, other] = [await login({ client_id: 'app' }), await login({ client_id: 'app' })]
  const later = await refresh(mine.body.refresh_token, { client_id: 'app' })
  const events = revocationsDuring(t)
  const familyId = familyOf(mine.body.access_token) ?? ''
  await app.tokenEndpoint.revokeFamily(familyId)
  for (const { body } of [mine, later]) t.ok(isRevoked(app, body.access_token))
  like(t, await refresh(later.body.refresh_token, { client_id: 'app' }), {
    status: 400,
    body: { error: 'invalid_grant' }
  })
  t.notOk(isRevoked(app, other.body.access_token))
  like(t, await refresh(other.body.refresh_token, { client_id: 'app' }), { status: 200 })
  t.same(events, [
    { kind: 'family', family: correlationId(familyId), clientId: null, subject: null, reason: 'application' }
  ])
})

t.test('a grant can choose the family, also for a client that does not refresh (SEC-86)', async (t) => {
  for (const familyId of ['f', 'Aa0_-'.repeat(12), 'x'.repeat(64)]) {
    const { app, login, refresh } = await started(t, { clients }, { grants: [chosen(familyId)] })
    const once = await login({ client_id: 'cli' })
    t.equal(once.body.refresh_token, undefined)
    const lasting = await login({ client_id: 'app' })
    const later = await refresh(lasting.body.refresh_token, { client_id: 'app' })
    for (const { body } of [once, lasting, later]) t.equal(familyOf(body.access_token), familyId)
    await app.tokenEndpoint.revokeFamily(familyId)
    for (const { body } of [once, lasting, later]) t.ok(isRevoked(app, body.access_token))
    like(t, await refresh(later.body.refresh_token, { client_id: 'app' }), { status: 400 })
  }
})

t.test('without a chosen family, the token of a client that does not refresh has none', async (t) => {
  const { login } = await started(t, { clients })
  t.equal(familyOf((await login({ client_id: 'cli' })).body.access_token), undefined)
})

for (const where of ['this process', 'another process']) {
  t.test(`a family that ${where} revokes while its tokens are issued yields no tokens (SEC-86)`, async (t) => {
    const store = memoryStore()
    const hashes: string[] = []
    const issued: string[] = []
    const start: typeof store.refreshTokens.start = async (token) => {
      hashes.push(token.hash)
      issued.push(token.familyId)
      await store.refreshTokens.start(token)
    }
    const other = await started(t, { store })
    let revoker: Server = other
    const slow = chosen('family-1', async () => revoker.app.tokenEndpoint.revokeFamily('family-1'))
    const one = await started(
      t,
      { clients, store: { ...store, refreshTokens: { ...store.refreshTokens, start } } },
      { grants: [slow] }
    )
    if (where === 'this process') revoker = one
    const events = revocationsDuring(t)
    for (const client_id of ['app', 'cli']) {
      const { status, body, headers } = await one.login({ client_id })
      t.same(
        [status, body],
        [400, { error: 'invalid_grant', error_description: 'The grant was revoked meanwhile' }],
        client_id
      )
      t.equal(headers['retry-after'], undefined)
    }
    t.same(issued, ['family-1'])
    t.equal(await store.refreshTokens.find(hashes[0] ?? ''), null)
    t.ok(one.app.tokenEndpoint.isRevoked({ jti: 'family-1.x', sub: 'alice', iat: 1 }))
    t.same(
      events.map((event) => [event.kind, 'reason' in event && event.reason, 'clientId' in event && event.clientId]),
      [
        ['family', 'application', null],
        ['family', 'overtaken', 'app'],
        ['family', 'application', null],
        ['family', 'overtaken', 'cli']
      ]
    )
  })
}

t.test('a revoked subject comes before a revoked family: the client retries', async (t) => {
  const grant = chosen('family-1', async () => {
    await one.app.tokenEndpoint.revokeFamily('family-1')
    await one.app.tokenEndpoint.revokeAll('alice')
  })
  const one = await started(t, { clients }, { grants: [grant] })
  like(t, await one.login({ client_id: 'app' }), { status: 503, body: { error: 'temporarily_unavailable' } })
})

const WRONG = ['', 'a.b', 'a b', 'ä', 'x'.repeat(65), 'a\n', 7, null, {}, ['a']]

t.test('a family that cannot be in a jti is a server error, and nothing is stored', async (t) => {
  for (const familyId of WRONG.filter((value) => value !== null)) {
    const store = memoryStore()
    const { login } = await server({ clients, store }, { grants: [chosen(familyId)] })
    for (const client_id of ['app', 'cli']) {
      like(t, await login({ client_id }), { status: 500, body: { error: 'server_error' } }, JSON.stringify(familyId))
    }
    t.same(await store.refreshTokens.families('alice'), [])
  }
})

t.test('revokeFamily() and issue() reject a family that cannot be in a jti', async (t) => {
  const { app } = await started(t)
  const { revokeFamily, issue } = app.tokenEndpoint
  for (const value of [...WRONG, undefined]) {
    const familyId = value as string // a plugin in JavaScript may pass any value
    await rejectsLike(t, revokeFamily(familyId), {
      name: 'TypeError',
      message: 'The family to revoke must be 1 to 64 letters, digits, "-" and "_"'
    })
    if (value === undefined) continue
    await rejectsLike(t, issue({ subject: 'alice', clientId: 'app', familyId }), {
      code: 'LATCHKEY_REGISTRATION',
      message: /familyId must be 1 to 64 letters, digits, "-" and "_"; got /
    })
  }
  const token = await issue({ subject: 'alice', clientId: 'app', familyId: 'family-1' })
  t.equal(familyOf(token), 'family-1')
  await revokeFamily('family-1')
  t.ok(isRevoked(app, token))
})
