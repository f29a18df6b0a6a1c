import {
  Client,
  ClientCredentialsProvider,
  StreamableHTTPClientTransport,
  type StreamableHTTPClientTransportOptions
} from '@modelcontextprotocol/client'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { type AuthorizationServer, openAuthorizationServer } from '../../examples/authorization-server.ts'
import { build } from '../../examples/mcp-server/another-issuer.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { tokenFor } from './client-credentials.ts'

const ELSEWHERE = 'https://elsewhere.example.com'

/** The example, and the authorization server that it trusts, which has tokens for another server too. */
async function start(t: Test): Promise<{ server: AuthorizationServer; resource: string }> {
  const origin = await freeOrigin()
  const resource = `${origin}/mcp`
  const scope = 'notes:read notes:write'
  const server = await openAuthorizationServer(await freeOrigin(), { [resource]: scope, [ELSEWHERE]: scope })
  t.teardown(() => server.close())
  await listen(t, await build({ resource, issuer: server.issuer }), origin)
  return { server, resource }
}

/** An official MCP client. */
async function connect(t: Test, resource: string, options: StreamableHTTPClientTransportOptions): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' })
  t.teardown(() => client.close())
  await client.connect(new StreamableHTTPClientTransport(new URL(resource), options))
  return client
}

t.test(
  'an official MCP client finds the authorization server from the 401, gets a token and calls a tool (SEC-73)',
  async (t) => {
    const { server, resource } = await start(t)
    const { clientId, clientSecret, issuer } = server
    const asked: string[] = []
    const client = await connect(t, resource, {
      authProvider: new ClientCredentialsProvider({ clientId, clientSecret, expectedIssuer: issuer }),
      fetch: async (url, init) => {
        const response = await fetch(url, init)
        asked.push(`${response.status} ${String(url)}`)
        return response
      }
    })
    t.equal(asked[0], `401 ${resource}`)
    t.ok(asked.includes(`200 ${new URL(resource).origin}/.well-known/oauth-protected-resource/mcp`))
    t.ok(asked.includes(`200 ${issuer}/token`))
    const { content } = await client.callTool({ name: 'read_notes' })
    t.same(content, [{ type: 'text', text: 'The key is under the mat' }])
  }
)

t.test('an official MCP client requests the scope of a tool only when the tool needs it (K3.1, K3.2)', async (t) => {
  const { server, resource } = await start(t)
  const { clientId, clientSecret, issuer } = server
  const answers: string[] = []
  const scopes: unknown[] = []
  const client = await connect(t, resource, {
    authProvider: new ClientCredentialsProvider({ clientId, clientSecret, expectedIssuer: issuer }),
    fetch: async (url, init) => {
      if (String(url) === `${issuer}/token`)
        scopes.push(new URLSearchParams(await new Request(url, init).text()).get('scope'))
      const response = await fetch(url, init)
      if (response.status === 401 || response.status === 403) {
        answers.push(`${response.status} ${String(response.headers.get('www-authenticate'))}`)
      }
      return response
    }
  })
  like(t, await client.callTool({ name: 'read_notes' }), { content: [{ text: 'The key is under the mat' }] })
  t.same(scopes, ['notes:read'])
  like(t, await client.callTool({ name: 'add_note', arguments: { note: 'x' } }), {
    content: [{ text: 'There are 2 notes now' }]
  })
  t.same(String(scopes[1]).split(' ').sort(), ['notes:read', 'notes:write'])
  const metadata = `${new URL(resource).origin}/.well-known/oauth-protected-resource/mcp`
  like(t, answers, [
    `401 Bearer scope="notes:read", resource_metadata="${metadata}"`,
    /^403 Bearer error="insufficient_scope", .*, scope="notes:write", resource_metadata=/
  ])
})

t.test('mcp-server with another issuer refuses every form of a call to a tool without its scope', async (t) => {
  const { server, resource } = await start(t)
  const [reader, writer] = await Promise.all(
    ['notes:read', 'notes:write'].map(async (scope) => {
      const authorization = `Bearer ${await tokenFor(server, scope, resource)}`
      return connect(t, resource, { requestInit: { headers: { authorization } } })
    })
  )
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'add_note', arguments: { note: 'x' } } }
  const authorization = `Bearer ${await tokenFor(server, 'notes:read', resource)}`
  const accept = 'application/json, text/event-stream'
  for (const body of [call, [call], [null, call]]) {
    const headers = { authorization, accept, 'content-type': 'application/json' }
    const refused = await fetch(resource, { method: 'POST', headers, body: JSON.stringify(body) })
    t.equal(refused.status, 403)
  }
  await writer?.callTool({ name: 'add_note', arguments: { note: 'not any more' } })
  like(t, await reader?.callTool({ name: 'read_notes' }), {
    content: [{ type: 'text', text: 'The key is under the mat\nrobot: not any more' }]
  })
})

t.test(
  'mcp-server with another issuer refuses a token of its authorization server for another server (SEC-45)',
  async (t) => {
    const { server, resource } = await start(t)
    const list = async (audience: string): Promise<Response> =>
      fetch(resource, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await tokenFor(server, 'notes:read', audience)}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream'
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
      })
    t.equal((await list(resource)).status, 200)
    const refused = await list(ELSEWHERE)
    t.equal(refused.status, 401)
    t.match(refused.headers.get('www-authenticate'), /^Bearer error="invalid_token".* resource_metadata="/)
  }
)
