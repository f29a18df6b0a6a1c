import t from 'tap'
import { app, issuer, redirectUri, requestOf, server } from './fixtures/server.ts'

const endpoint = { pushedRequestPath: '/par' }
const form = (changes: Readonly<Record<string, string | undefined>> = {}) =>
  Object.fromEntries(new URLSearchParams(requestOf(changes)))

t.test('takes a pushed request once, from its own client (RFC 9126 §2, §2.2, §5, §7.3)', async (t) => {
  const other = { ...app, clientId: 'other' }
  const { authorize, post, get } = await server(t, { endpoint, clients: [{ ...app, isFirstParty: true }, other] })
  const metadata = (await get('/.well-known/oauth-authorization-server')).json
  t.equal(metadata['pushed_authorization_request_endpoint'], `${issuer}/par`)
  const pushed = await post('/par', form())
  t.equal(pushed.status, 201)
  t.equal(pushed.headers['cache-control'], 'no-store')
  const { request_uri: uri, ...rest } = pushed.json
  t.match(uri, /^urn:ietf:params:oauth:request_uri:[\w-]{43}$/)
  t.same(rest, { expires_in: 60 })
  const query = (clientId: string): string =>
    new URLSearchParams({ client_id: clientId, request_uri: String(uri) }).toString()
  t.equal((await get(`/authorize?${query('other')}`)).status, 400)
  const answer = await get(`/authorize?${query('app')}`)
  t.equal(answer.location.split('?')[0], redirectUri)
  t.equal(answer.query['state'], 'xyz')
  t.match(answer.query['code'], /^[\w-]{43}$/)
  t.equal((await get(`/authorize?${query('app')}`)).status, 400)
  t.equal((await authorize({ request_uri: 'https://app.example.com/request.jwt' })).status, 400)
  t.match((await authorize()).query['code'], /^[\w-]{43}$/, 'pushing is not required')
})

t.test('refuses a pushed request after a minute (RFC 9126 §4)', async (t) => {
  const { post, get, time } = await server(t, { endpoint })
  const { request_uri: uri } = (await post('/par', form())).json
  time.seconds += 60
  t.equal(
    (await get(`/authorize?${new URLSearchParams({ client_id: 'app', request_uri: String(uri) }).toString()}`)).status,
    400
  )
})

for (const [changes, error] of [
  [{ redirect_uri: 'https://evil.example.com/' }, 'invalid_request'],
  [{ code_challenge: undefined }, 'invalid_request'],
  [{ request_uri: 'urn:ietf:params:oauth:request_uri:a' }, 'invalid_request'],
  [{ response_type: 'token' }, 'invalid_request'],
  [{ scope: '"' }, 'invalid_scope'],
  [{ resource: 'https://other.example.com' }, 'invalid_target'],
  [{ client_id: 'nobody' }, 'invalid_client']
] as const) {
  t.test(
    `answers ${error} to a pushed request with ${JSON.stringify(changes)} (RFC 9126 §2.1, §2.3, §7.2)`,
    async (t) => {
      const { post } = await server(t, { endpoint, clients: [app, { ...app, clientId: 'other' }] })
      const answer = await post('/par', form(changes))
      t.equal(answer.status, error === 'invalid_client' ? 401 : 400)
      t.equal(answer.json['error'], error)
    }
  )
}

t.test('refuses requests that are not pushed from a client that must push them (RFC 9126 §4, §6)', async (t) => {
  const { authorize, post } = await server(t, {
    endpoint,
    clients: [{ ...app, requirePushedAuthorizationRequests: true }]
  })
  t.equal((await authorize()).query['error'], 'invalid_request')
  t.equal((await post('/par', form())).status, 201)
})

t.test('refuses a pushed request whose redirect URI the client has lost since (RFC 9126 §4)', async (t) => {
  let client = { ...app, isFirstParty: true }
  const { post, get } = await server(t, { endpoint, clients: async () => client })
  const { request_uri: uri } = (await post('/par', form())).json
  client = { ...client, redirectUris: ['https://app.example.com/other'] }
  const query = new URLSearchParams({ client_id: 'app', request_uri: String(uri) }).toString()
  const { status, location } = await get(`/authorize?${query}`)
  t.same([status, location], [400, ''])
})

t.test('limits the requests that an address pushes (RFC 9126 §2.3)', async (t) => {
  const { post } = await server(t, { endpoint: { ...endpoint, requestsPerMinute: 2 }, clients: [app] })
  t.equal((await post('/par', form())).status, 201)
  t.equal((await post('/par', form())).status, 201)
  const limited = await post('/par', form())
  t.equal(limited.status, 429)
  t.equal(limited.json['error'], 'temporarily_unavailable')
})
