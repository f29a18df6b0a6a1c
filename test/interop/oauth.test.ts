import { OAuth2 } from 'oauth'
import t from 'tap'
import { like } from '@latchkey/exact'
import { clientId, clientSecret, refusal, startServer, user } from './server.ts'

interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  /** The other members of the answer. */
  readonly rest: unknown
}

// The client under passport's strategies. It knows codes and refresh tokens: any other grant is one with an empty code.
function requestTokens(client: OAuth2, code: string, parameters: object): Promise<Tokens> {
  return new Promise((resolve, reject) => {
    client.getOAuthAccessToken(
      code,
      parameters,
      (error: unknown, accessToken = '', refreshToken = '', rest: unknown = {}) => {
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the client's errors are plain objects
        if (error) reject(error)
        else resolve({ accessToken, refreshToken, rest })
      }
    )
  })
}

function getItems(client: OAuth2, origin: string, token: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    client.get(`${origin}/items`, token, (error: unknown, body) => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as above
      if (error) reject(error)
      else resolve(JSON.parse(String(body)))
    })
  })
}

t.test('oauth, the client of passport, logs in and refreshes', async (t) => {
  const origin = await startServer(t)
  const client = new OAuth2(clientId, clientSecret, origin, '/none', '/token')
  client.useAuthorizationHeaderforGET(true)
  const first = await requestTokens(client, '', { grant_type: 'password', ...user, scope: 'items:read' })
  t.same(await getItems(client, origin, first.accessToken), ['a brass key'])

  const second = await requestTokens(client, first.refreshToken, { grant_type: 'refresh_token' })
  t.not(second.refreshToken, first.refreshToken)
  t.same(await getItems(client, origin, second.accessToken), ['a brass key'])

  like(t, await refusal(requestTokens(client, '', { grant_type: 'password', ...user, password: 'wrong' })), {
    statusCode: 400,
    data: /"error":"invalid_grant"/
  })
})

t.test('oauth introspects and revokes with token requests to other URLs', async (t) => {
  const origin = await startServer(t)
  const at = (path: string): OAuth2 => new OAuth2(clientId, clientSecret, origin, '/none', path)
  const { accessToken, refreshToken } = await requestTokens(at('/token'), '', { grant_type: 'password', ...user })
  const introspect = async (token: string): Promise<unknown> =>
    (await requestTokens(at('/introspect'), '', { token })).rest

  like(t, await introspect(accessToken), { active: true, sub: 'ann', client_id: clientId })
  await requestTokens(at('/revoke'), '', { token: accessToken })
  t.same(await introspect(accessToken), { active: false })
  like(t, await introspect(refreshToken), { active: true, sub: 'ann', client_id: clientId })
  await requestTokens(at('/revoke'), '', { token: refreshToken })
  t.same(await introspect(refreshToken), { active: false })
})

t.test('oauth is refused with its default, which puts tokens into the query (SEC-65)', async (t) => {
  const origin = await startServer(t)
  const client = new OAuth2(clientId, clientSecret, origin, '/none', '/token')
  const { accessToken } = await requestTokens(client, '', { grant_type: 'password', ...user, scope: 'items:read' })
  like(t, await refusal(getItems(client, origin, accessToken)), { statusCode: 400 })
})
