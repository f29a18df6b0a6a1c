import {
  Client,
  type OAuthClientInformationMixed,
  type OAuthClientProvider,
  type OAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError
} from '@modelcontextprotocol/client'
import t, { type Test } from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { listenHttp } from '../loopback.ts'
import { type Visitor, visitor } from '../visitor.ts'
import { allow, startMcpServer } from './mcp-server.ts'

type Discovery = Parameters<NonNullable<OAuthClientProvider['saveDiscoveryState']>>[0]

/** The page of a client on the user's device that the browser comes back to. */
async function callbackPage(t: Test): Promise<string> {
  return `${await listenHttp(t, (_request, response) => response.end('You may close this window.'))}/callback`
}

/** A client that registers itself, as the official SDK asks for, and opens the browser of a person. */
function person(
  redirectUrl: string,
  browser: Visitor
): { provider: OAuthClientProvider; asked: string[]; answer: () => URLSearchParams } {
  const asked: string[] = []
  let answer = new URLSearchParams()
  let discovery: Discovery | undefined
  let [client, tokens, verifier]: [OAuthClientInformationMixed?, OAuthTokens?, string?] = []
  const provider: OAuthClientProvider = {
    redirectUrl,
    clientMetadata: { client_name: 'Notes app', redirect_uris: [redirectUrl], token_endpoint_auth_method: 'none' },
    clientInformation: () => client,
    saveClientInformation: (given) => void (client = given),
    tokens: () => tokens,
    saveTokens: (given) => void (tokens = given),
    saveCodeVerifier: (given) => void (verifier = given),
    codeVerifier: () => String(verifier),
    saveDiscoveryState: (given) => void (discovery = given),
    discoveryState: () => discovery,
    async redirectToAuthorization(url) {
      asked.push(String(url.searchParams.get('scope')))
      const back = await allow(url.href, browser)
      answer = new URL(back.url).searchParams
    }
  }
  return { provider, asked, answer: () => answer }
}

t.test(
  'an official MCP client registers, logs a person in, calls a tool and steps up, with no other server',
  async (t) => {
    const origin = await startMcpServer(t)
    const browser = visitor()
    const { provider, asked, answer } = person(await callbackPage(t), browser)
    const connect = async (): Promise<Client> => {
      const transport = new StreamableHTTPClientTransport(new URL(`${origin}/mcp`), { authProvider: provider })
      const client = new Client({ name: 'test', version: '1.0.0' })
      t.teardown(() => client.close())
      await client.connect(transport).catch(async (error: unknown) => {
        if (!(error instanceof UnauthorizedError)) throw error
        await transport.finishAuth(answer())
      })
      return client
    }
    await connect()
    t.same(asked, ['notes:read'], 'the client asks for what the 401 names')
    const reader = await connect()
    like(t, await reader.callTool({ name: 'read_notes' }), { content: [{ text: 'The key is under the mat' }] })
    const add = { name: 'add_note', arguments: { note: 'x' } }
    await rejectsLike(t, async () => reader.callTool(add), { name: 'UnauthorizedError' })
    t.same(asked[1]?.split(' ').sort(), ['notes:read', 'notes:write'], 'the client steps up')
    const transport = new StreamableHTTPClientTransport(new URL(`${origin}/mcp`), { authProvider: provider })
    await transport.finishAuth(answer())
    like(t, await (await connect()).callTool(add), { content: [{ text: 'There are 2 notes now' }] })
  }
)

t.test('the metadata has the members that ChatGPT and Claude document', async (t) => {
  const origin = await startMcpServer(t)
  const metadata = async (path: string): Promise<unknown> => (await fetch(origin + path)).json()
  const challenge = (await fetch(`${origin}/mcp`, { method: 'POST' })).headers.get('www-authenticate') ?? ''
  const url = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? ''
  t.equal(url, `${origin}/.well-known/oauth-protected-resource/mcp`)
  t.equal(challenge, `Bearer scope="notes:read", resource_metadata="${url}"`)
  // Both compare `resource` with the URL that the user gave, and take the first authorization server.
  like(t, await metadata(new URL(url).pathname), {
    resource: `${origin}/mcp`,
    authorization_servers: [origin],
    scopes_supported: ['notes:read']
  })
  const server = (await metadata('/.well-known/oauth-authorization-server')) as Record<string, unknown>
  like(t, server, {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    // ChatGPT refuses a server that does not announce S256.
    code_challenge_methods_supported: ['S256'],
    response_types_supported: ['code'],
    // Both prefer a metadata document, Claude only together with the method `none`; otherwise they register.
    client_id_metadata_document_supported: true,
    registration_endpoint: `${origin}/register`
  })
  t.same(server['token_endpoint_auth_methods_supported'], ['none'])
  for (const type of ['authorization_code', 'refresh_token']) {
    t.ok((server['grant_types_supported'] as string[]).includes(type), type) // RFC 8414 has a list
  }
})

for (const [name, redirectUri] of [
  ['ChatGPT', 'https://chatgpt.com/connector_platform_oauth_redirect'],
  ['Claude', 'https://claude.ai/api/mcp/auth_callback'],
  ['Claude Code', 'http://localhost:54212/callback']
] as const) {
  t.test(`${name} registers as a public client with its redirect URI`, async (t) => {
    const origin = await startMcpServer(t)
    const answer = await fetch(`${origin}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: name,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none'
      })
    })
    t.equal(answer.status, 201)
    like(t, await answer.json(), {
      client_id: String,
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token']
    })
  })
}
