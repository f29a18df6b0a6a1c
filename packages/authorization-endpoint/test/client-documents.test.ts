import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import dns from 'node:dns'
import { like } from '@latchkey/exact'
import t from 'tap'
import { documentServer, json, serverOf, status } from './fixtures/documents.ts'
import { codeVerifier, redirectUri, server } from './fixtures/server.ts'

t.test('gives a client its code and its tokens by its metadata document', async (t) => {
  const documents = await documentServer(t)
  const { clientId } = documents
  const { app, code, exchange, post } = await serverOf(t, documents)
  const metadata = (await app.inject('/.well-known/oauth-authorization-server')).json()
  t.equal(metadata.client_id_metadata_document_supported, true)
  t.same(metadata.token_endpoint_auth_methods_supported, ['none'])
  const tokens = await exchange(await code({ client_id: clientId }), { client_id: clientId })
  like(t, tokens, { status: 200, json: { scope: 'items:read', access_token: String, refresh_token: String } })
  const again = { grant_type: 'refresh_token', refresh_token: tokens.json.refresh_token, client_id: clientId }
  t.equal((await post('/token', again)).status, 200)
  t.same(documents.asked, ['/client.json'])
  t.equal((await app.authorizationEndpoint.consents('alice'))[0]?.clientId, clientId)
})

t.test('has no clients with a document without the option, and does not announce them', async (t) => {
  const documents = await documentServer(t)
  const { app, authorize } = await server(t)
  t.equal((await authorize({ client_id: documents.clientId })).status, 400)
  const metadata = (await app.inject('/.well-known/oauth-authorization-server')).json()
  t.notOk('client_id_metadata_document_supported' in metadata)
  t.same(documents.asked, [])
})

t.test('prefers a client of the option clients, and does not fetch its document', async (t) => {
  const documents = await documentServer(t)
  const own = { clientId: documents.clientId, grantTypes: ['authorization_code'], redirectUris: [redirectUri] }
  const { authorize } = await serverOf(t, documents, { clients: [{ ...own, isFirstParty: true }] })
  t.match((await authorize({ client_id: documents.clientId })).query['code'], /^[\w-]{43}$/)
  t.same(documents.asked, [])
})

for (const [clientId, redirect, client] of [
  ['https://reader.example.com/client.json', 'https://reader.example.com/callback', 'reader.example.com'],
  ['https://reader.example.com/client.json', 'https://other.example.com/callback', 'reader.example.com'],
  ['https://reader.example.com/client.json', 'http://127.0.0.1:4711/callback', 'reader.example.com'],
  ['reader', 'https://other.example.com/callback', 'other.example.com'],
  ['reader', 'http://127.0.0.1:4711/callback', 'an app on this device']
] as const) {
  t.test(
    `shows the host that vouches for ${clientId} with ${redirect}, and where the answer goes (RFC 7591 §5)`,
    async (t) => {
      const known = { clientId, clientName: 'Reader', grantTypes: ['authorization_code'], redirectUris: [redirect] }
      const { authorize, get } = await server(t, { clients: [known] })
      const { location } = await authorize({ client_id: clientId, redirect_uri: redirect })
      const text = (await get(location)).text.replaceAll(/<\/?strong>/g, '')
      t.ok(text.includes(`<p>Reader, ${client}, wants to act for you.</p>`))
      const host = redirect.startsWith('https:') ? new URL(redirect).host : 'an app on this device'
      t.equal(text.includes(`<p>Your answer goes to ${host}.</p>`), host !== client)
    }
  )
}

for (const clientId of [
  'https://app.example.com',
  'https://app.example.com/',
  'https://app.example.com/?a=b',
  'https://app.example.com/client.json#a',
  'https://app.example.com/client.json#',
  'https://alice@app.example.com/client.json',
  'https://:secret@app.example.com/client.json',
  'https://@app.example.com/client.json',
  'https://app.example.com/./client.json',
  'https://app.example.com/a/../client.json',
  'https://app.example.com/a/%2e%2E/client.json',
  'https://app.example.com/a/..',
  'https://APP.example.com/client.json',
  'https://app.example.com:443/client.json',
  'https://app.example.com\\client.json',
  'https:/app.example.com/client.json',
  'https://app.example.com/client .json',
  'https://app.example.com/ä.json',
  'HTTPS://app.example.com/client.json',
  'http://app.example.com/client.json',
  'http://127.0.0.1:1/client.json',
  'ftp://app.example.com/client.json',
  'data:application/json,{}',
  `https://app.example.com/${'x'.repeat(255)}`
]) {
  t.test(`does not fetch ${clientId.slice(0, 60)}`, async (t) => {
    const lookups = noNames(t)
    const { authorize, post } = await server(t, { endpoint: { clientDocuments: true } })
    t.equal((await authorize({ client_id: clientId })).status, 400)
    t.equal((await post('/token', { grant_type: 'authorization_code', code: 'x', client_id: clientId })).status, 401)
    t.same(lookups, [])
  })
}

for (const [clientId, isFetched] of [
  ['https://app.example.com/client.json', true],
  ['https://app.example.com/client.json?version=2', true],
  ['https://app.example.com:8443/client', true],
  ['https://app.example.com:8444/client', false],
  ['https://www.app.example.com/client.json', false],
  ['https://app.example.com.evil.example/client.json', false]
] as const) {
  t.test(`${isFetched ? 'fetches' : 'does not fetch'} ${clientId} with allowedHosts`, async (t) => {
    const lookups = noNames(t)
    const allowedHosts = ['app.example.com', 'app.example.com:8443']
    const { authorize } = await server(t, { endpoint: { clientDocuments: { allowedHosts } } })
    t.equal((await authorize({ client_id: clientId })).status, 400)
    t.same(lookups, isFetched ? ['app.example.com'] : [])
  })
}

for (const [name, host, addresses] of [
  ['a name on loopback', 'rebound.example', ['127.0.0.1']],
  ['a name in a private network', 'rebound.example', ['93.184.215.14', '10.0.0.1']],
  ['an address on loopback', '127.0.0.1', []],
  ['an address of a cloud', '169.254.169.254', []],
  ['a mapped address', '[::ffff:7f00:1]', []]
] as const) {
  t.test(`refuses the document of ${name}`, async (t) => {
    const documents = await documentServer(t)
    const { port } = new URL(documents.clientId)
    t.intercept(dns, 'lookup', {
      value: (_name: string, _options: object, callback: (error: null, found: readonly object[]) => void) =>
        process.nextTick(() =>
          callback(
            null,
            addresses.map((address) => ({ address, family: 4 }))
          )
        )
    })
    const lines: string[] = []
    const { authorize } = await server(t, {
      endpoint: { clientDocuments: true },
      logger: { stream: { write: (line: string) => void lines.push(line) } }
    })
    const clientId = `https://${host}:${port}/client.json`
    t.equal((await authorize({ client_id: clientId })).status, 400)
    t.same(documents.asked, [])
    const told = lines.map((line) => JSON.parse(line)).filter(({ clientId: id }) => id === clientId)
    t.same(
      told.map(({ code }) => code),
      ['LATCHKEY_UPSTREAM_REFUSED_URL']
    )
  })
}

t.test('shows a page and answers invalid_client without a document, and logs why', async (t) => {
  const documents = await documentServer(t)
  const lines: string[] = []
  const logger = { stream: { write: (line: string) => void lines.push(line) } }
  const { authorize, post } = await serverOf(t, documents, { logger })
  const [missing, invalid] = ['missing', 'invalid'].map((path) => `http://${documents.host}/${path}`)
  documents.answer = (request, response) => {
    if (request.url === '/missing') status(404)(request, response)
    else json(documents.document({ client_name: 'canary' }))(request, response)
  }
  for (const clientId of [missing, invalid]) {
    const page = await authorize({ client_id: clientId })
    t.equal(page.status, 400)
    t.ok(page.text.includes('The app that sent you here is not known.'))
    t.notMatch(page.text, /canary|127\.0\.0\.1/)
    const form = {
      grant_type: 'authorization_code',
      code: 'x',
      code_verifier: codeVerifier,
      client_id: String(clientId)
    }
    const refused = await post('/token', form)
    like(t, refused, { status: 401, json: { error: 'invalid_client' } })
    t.notMatch(refused.text, /canary|127\.0\.0\.1/)
  }
  const told = lines
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg === 'The metadata document of a client cannot be used')
  t.same(
    told.map(({ clientId, code, reason }) => [clientId, code, reason]),
    [
      [missing, 'LATCHKEY_UPSTREAM_STATUS', `GET ${String(missing)}: 404`],
      [invalid, 'LATCHKEY_CLIENT_METADATA_ERROR', 'client_id must be the URL of the document']
    ]
  )
})

/** Lets no name resolve. Returns the list of names, which grows with each look-up. */
function noNames(t: Parameters<typeof server>[0]): readonly string[] {
  const names: string[] = []
  t.intercept(dns, 'lookup', {
    value: (name: string, _options: object, callback: (error: Error) => void) => {
      names.push(name)
      process.nextTick(() => callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' })))
    }
  })
  return names
}

t.test(
  'connects to https on loopback only if insecureClientHosts names the host, and checks the certificate',
  async (t) => {
    let connections = 0
    const listener = createServer((socket) => {
      connections++
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    t.teardown(() => listener.close())
    const host = `127.0.0.1:${(listener.address() as AddressInfo).port}` // it listens on a port
    for (const [insecureClientHosts, isAsked] of [
      [[], false],
      [['127.0.0.1:1'], false],
      [[host], true]
    ] as const) {
      connections = 0
      const { authorize } = await server(t, { endpoint: { clientDocuments: { insecureClientHosts } } })
      t.equal((await authorize({ client_id: `https://${host}/client.json` })).status, 400)
      t.equal(connections > 0, isAsked)
    }
  }
)
