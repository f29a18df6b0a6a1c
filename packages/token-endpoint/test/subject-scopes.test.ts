import { mock } from 'node:test'
import t from 'tap'
import { like } from '@latchkey/exact'
import { clientCredentialsGrant, generateClientSecret, type SubjectScopes } from '@latchkey/token-endpoint'
import { basic, claimsOf, isRevoked, started } from './fixtures/server.ts'

t.test(
  'a refresh gives the scopes that the user may have now, and never more than the sign-in (K24, SEC-84)',
  async (t) => {
    let now: string[] = ['items:read', 'items:write', 'admin']
    const asked: unknown[] = []
    const subjectScopes: SubjectScopes = async (...given) => {
      asked.push(given)
      return new Set(now)
    }
    const { login, refresh } = await started(t, { subjectScopes })
    const first = await login({ scope: 'items:read items:write' })
    t.equal(first.body['scope'], 'items:read items:write')
    now = ['items:read']
    const less = await refresh(first.body.refresh_token)
    t.same([less.status, claimsOf(less.body.access_token)['scope']], [200, 'items:read'])
    like(t, await refresh(less.body.refresh_token, { scope: 'items:write' }), {
      status: 400,
      body: { error: 'invalid_scope' }
    })
    now = []
    const none = await refresh(less.body.refresh_token)
    t.same([none.status, claimsOf(none.body.access_token)['scope']], [200, undefined])
    now = ['items:read', 'items:write', 'admin']
    const again = await refresh(none.body.refresh_token)
    t.equal(claimsOf(again.body.access_token)['scope'], 'items:read items:write')
    t.same(asked[0], ['alice', { clientId: 'first-party' }])
  }
)

t.test('null from subjectScopes refuses a sign-in, and ends a sign-in at its refresh (K24)', async (t) => {
  let now: string[] | null = ['items:read']
  const { app, login, refresh } = await started(t, { subjectScopes: () => now })
  const { body } = await login({ scope: 'items:read' })
  now = null
  like(t, await refresh(body.refresh_token), { status: 400, body: { error: 'invalid_grant' } })
  t.ok(isRevoked(app, body.access_token))
  like(t, await login({ scope: 'items:read' }), { status: 400, body: { error: 'invalid_grant' } })
  now = ['items:read']
  like(t, await refresh(body.refresh_token), { status: 400, body: { error: 'invalid_grant' } })
})

t.test(
  'a failure of subjectScopes is a 503 without its message, and the refresh token is not used (K24, SEC-83)',
  async (t) => {
    let answer: SubjectScopes = () => ['items:read']
    const { login, refresh } = await started(t, { subjectScopes: (...given) => answer(...given) })
    const { body } = await login({ scope: 'items:read' })
    const failures: SubjectScopes[] = [
      () => {
        throw new Error('10.0.0.7 is down')
      },
      async () => 'items:read',
      // JavaScript callers may return this.
      async () => undefined as unknown as null
    ]
    for (const failure of failures) {
      answer = failure
      const refused = await refresh(body.refresh_token)
      like(t, refused, { status: 503, body: { error: 'temporarily_unavailable' }, headers: { 'retry-after': '5' } })
      t.notMatch(refused.text, /10\.0\.0\.7/)
    }
    mock.timers.enable({ apis: ['setTimeout'] })
    t.teardown(() => mock.timers.reset())
    const called = new Promise<void>((resolve) => {
      answer = async () => {
        resolve()
        return new Promise(() => {})
      }
    })
    const slow = refresh(body.refresh_token)
    await called
    mock.timers.tick(5_000)
    like(t, await slow, { status: 503 })
    answer = () => ['items:read']
    like(t, await refresh(body.refresh_token), { status: 200 })
  }
)

t.test('subjectScopes is not called for a client that acts for itself (K24)', async (t) => {
  const { clientSecret, clientSecretHash } = generateClientSecret()
  const clients = [{ clientId: 'job', grantTypes: ['client_credentials'], clientSecretHash, scopes: ['items:read'] }]
  const { post } = await started(t, { clients, subjectScopes: () => null }, { grants: [clientCredentialsGrant()] })
  const form = { grant_type: 'client_credentials', scope: 'items:read' }
  like(t, await post(form, { headers: basic('job', clientSecret) }), { status: 200 })
})
