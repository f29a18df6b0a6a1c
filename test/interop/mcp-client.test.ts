import type { RequestListener } from 'node:http'
import { like, rejectsLike } from '@latchkey/exact'
import {
  Client,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
  UnauthorizedError
} from '@modelcontextprotocol/client'
import t, { type Test } from 'tap'
import { build } from '../../examples/mcp-server/another-issuer.ts'
import { freeOrigin, listen, listenHttp } from '../loopback.ts'
import { type Seen, visitor } from '../visitor.ts'
import { httpsDocument, runIssuer } from './https-document.ts'
import { buildIssuer } from './mcp-issuer.ts'

interface Servers {
  /** The authorization server, which is the client's redirect URI too. */
  readonly issuer: string
  readonly redirectUri: string
  /** The MCP server. */
  readonly resource: string
  /** The identifier of a client with a metadata document. */
  readonly documentUrl: string
}

/** An MCP server, an authorization server with a login and registration, and the document of a client. */
async function start(t: Test): Promise<Servers> {
  const [issuer, origin, documents] = await Promise.all([freeOrigin(), freeOrigin(), freeOrigin()])
  const resource = `${origin}/mcp`
  const redirectUri = `${issuer}/callback`
  const documentUrl = `${documents}/client.json`
  await listen(t, await buildIssuer({ issuer, resource, documents: new URL(documents).host }), issuer)
  await listen(t, await build({ resource, issuer }), origin)
  const document = { client_id: documentUrl, client_name: 'Reader', redirect_uris: [redirectUri] }
  const answer: RequestListener = (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document))
  await listenHttp(t, answer, documents)
  return { issuer, redirectUri, resource, documentUrl }
}

type Information = NonNullable<Awaited<ReturnType<OAuthClientProvider['clientInformation']>>>
type Discovery = Parameters<NonNullable<OAuthClientProvider['saveDiscoveryState']>>[0]
type Tokens = NonNullable<Awaited<ReturnType<OAuthClientProvider['tokens']>>>

/** The memory of an MCP client. */
interface Memory {
  readonly provider: OAuthClientProvider
  readonly information: () => Information | undefined
  readonly tokens: () => Tokens | undefined
  /** Where the user was sent last. */
  readonly sentTo: () => string
}

function memory(
  redirectUri: string,
  { known, clientMetadataUrl }: { readonly known?: Information; readonly clientMetadataUrl?: string } = {}
): Memory {
  let information = known
  let tokens: Tokens | undefined
  let codeVerifier = ''
  let discovery: Discovery | undefined
  let sentTo = ''
  const provider: OAuthClientProvider = {
    redirectUrl: redirectUri,
    ...(clientMetadataUrl !== undefined && { clientMetadataUrl }),
    clientMetadata: { client_name: 'Reader', redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' },
    clientInformation: () => information,
    saveClientInformation(given) {
      information = given
    },
    tokens: () => tokens,
    saveTokens(given) {
      tokens = given
    },
    redirectToAuthorization(url) {
      sentTo = url.href
    },
    saveCodeVerifier(given) {
      codeVerifier = given
    },
    codeVerifier: () => codeVerifier,
    saveDiscoveryState(given) {
      discovery = given
    },
    discoveryState: () => discovery
  }
  return { provider, information: () => information, tokens: () => tokens, sentTo: () => sentTo }
}

/** Logs in, allows what is asked, and is back at the client. */
async function allow(url: string, issuer: string): Promise<Seen> {
  const browser = visitor()
  const asked = await browser.get(url)
  const id = new URL(asked.url).searchParams.get('id') ?? ''
  return browser.post(`${issuer}/authorize/continue`, { id, decision: 'allow' })
}

for (const kind of ['registers itself', 'is described by a document'] as const) {
  t.test(`an official MCP client that ${kind} gets a token and calls a tool, and later refreshes it`, async (t) => {
    const { issuer, redirectUri, resource, documentUrl } = await start(t)
    const isRegistered = kind === 'registers itself'
    const remembered = memory(redirectUri, isRegistered ? {} : { known: { client_id: documentUrl, issuer } })
    const { provider } = remembered
    const transport = (): StreamableHTTPClientTransport =>
      new StreamableHTTPClientTransport(new URL(resource), { authProvider: provider })
    const first = transport()
    await rejectsLike(t, new Client({ name: 'test', version: '1.0.0' }).connect(first), UnauthorizedError)
    like(t, remembered.information(), { client_id: isRegistered ? /^[\w-]{22}$/ : documentUrl })
    const { searchParams } = new URL((await allow(remembered.sentTo(), issuer)).url)
    like(t, Object.fromEntries(searchParams), { iss: issuer, code: /^[\w-]{43}$/ })
    await first.finishAuth(searchParams)
    const client = new Client({ name: 'test', version: '1.0.0' })
    t.teardown(() => client.close())
    await client.connect(transport())
    like(t, await client.callTool({ name: 'read_notes' }), { content: [{ text: 'The key is under the mat' }] })

    const before = remembered.tokens()
    t.type(before?.refresh_token, 'string')
    await provider.saveTokens({ ...(before as Tokens), access_token: 'expired' })
    like(t, await client.callTool({ name: 'read_notes' }), { content: [{ text: 'The key is under the mat' }] })
    t.notSame(remembered.tokens()?.refresh_token, before?.refresh_token)
  })
}

t.test('an official MCP client chooses its metadata document, which is fetched over https', async (t) => {
  const [issuer, origin] = await Promise.all([freeOrigin(), freeOrigin()])
  const [resource, redirectUri] = [`${origin}/mcp`, `${issuer}/callback`]
  const document = await httpsDocument(t, redirectUri)
  await listen(t, await build({ resource, issuer }), origin)
  await runIssuer(t, { issuer, resource, document })

  const remembered = memory(redirectUri, { clientMetadataUrl: document.url })
  const transport = (): StreamableHTTPClientTransport =>
    new StreamableHTTPClientTransport(new URL(resource), { authProvider: remembered.provider })
  const first = transport()
  await rejectsLike(t, new Client({ name: 'test', version: '1.0.0' }).connect(first), UnauthorizedError)
  like(t, remembered.information(), { client_id: document.url })
  const back = await allow(remembered.sentTo(), issuer)
  t.same(document.asked, ['/client.json'])
  await first.finishAuth(new URL(back.url).searchParams)
  const client = new Client({ name: 'test', version: '1.0.0' })
  t.teardown(() => client.close())
  await client.connect(transport())
  like(t, await client.callTool({ name: 'read_notes' }), { content: [{ text: 'The key is under the mat' }] })
})
