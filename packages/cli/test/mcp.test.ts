import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import type { Finding } from '@latchkey/cli'
import { latchkey, latchkeyProcess } from './fixtures/latchkey.ts'

/** An answer of the server; without one, the status is 404. */
interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** The answers of an MCP server that is its own authorization server, by method and path. */
type Answers = Readonly<Record<string, Answer>>

const open = { 'access-control-allow-origin': '*' }
const METADATA = '/.well-known/oauth-protected-resource/mcp'
const SERVER = '/.well-known/oauth-authorization-server'

function healthy(origin: string): Answers {
  const challenge = `Bearer realm="x", resource_metadata="${origin}${METADATA}"`
  return {
    'POST /mcp': { status: 401, headers: { ...open, 'www-authenticate': challenge } },
    'OPTIONS /mcp': { status: 204, headers: open },
    [`GET ${METADATA}`]: {
      status: 200,
      headers: open,
      body: { resource: `${origin}/mcp`, authorization_servers: [origin] }
    },
    [`GET ${SERVER}`]: {
      status: 200,
      headers: open,
      body: {
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        response_types_supported: ['code'],
        grant_types_supported: ['authorization_code', 'refresh_token'],
        code_challenge_methods_supported: ['S256'],
        token_endpoint_auth_methods_supported: ['none'],
        client_id_metadata_document_supported: true
      }
    },
    'OPTIONS /token': { status: 204, headers: open }
  }
}

/** A change of one answer. `null` removes it, or a member of its body. */
type Change = (origin: string) => Readonly<Record<string, Partial<Answer> | null>>

const body = (path: string, changes: Readonly<Record<string, unknown>>): Change => {
  return () => ({ [`GET ${path}`]: { body: changes } })
}

const broken: readonly {
  rule: string
  name: string
  severity: Finding['severity']
  finding: RegExp
  change: Change
}[] = [
  {
    rule: 'no-challenge',
    name: 'answers a request without a token',
    severity: 'error',
    finding: /^A request without a token gets the status 200 instead of 401$/,
    change: () => ({ 'POST /mcp': { status: 200 } })
  },
  {
    rule: 'challenge-scheme',
    name: 'sends no challenge',
    severity: 'error',
    finding: /^The answer 401 has no WWW-Authenticate header with the scheme Bearer$/,
    change: () => ({ 'POST /mcp': { headers: open } })
  },
  {
    rule: 'challenge-scheme',
    name: 'sends a challenge for Basic',
    severity: 'error',
    finding: /^The answer 401 has no WWW-Authenticate header with the scheme Bearer$/,
    change: () => ({ 'POST /mcp': { headers: { ...open, 'www-authenticate': 'Basic realm="x"' } } })
  },
  {
    rule: 'challenge-metadata',
    name: 'does not name its metadata',
    severity: 'warning',
    finding: /^The challenge has no resource_metadata: clients have to guess the URL of the metadata$/,
    change: () => ({ 'POST /mcp': { headers: { ...open, 'www-authenticate': 'Bearer realm="x"' } } })
  },
  {
    rule: 'resource-metadata',
    name: 'names metadata that is missing',
    severity: 'error',
    finding: /^The protected resource metadata cannot be used: the status is 404 instead of 200$/,
    change: () => ({ [`GET ${METADATA}`]: null })
  },
  {
    rule: 'resource-metadata',
    name: 'has metadata that is no JSON',
    severity: 'error',
    finding: /^The protected resource metadata cannot be used: it is no JSON object$/,
    change: () => ({ [`GET ${METADATA}`]: { body: 'text' } })
  },
  {
    rule: 'resource-metadata',
    name: 'names metadata at a URL that is not protected',
    severity: 'error',
    finding: /^The protected resource metadata cannot be used: its URL is neither https nor http on loopback$/,
    change: () => ({
      'POST /mcp': { headers: { 'www-authenticate': 'Bearer resource_metadata="http://other.example.com"' } }
    })
  },
  {
    rule: 'resource-identifier',
    name: 'names another resource',
    severity: 'error',
    finding: /^The resource in the metadata is "https:\/\/other\.example\.com\/mcp", not this server$/,
    change: body(METADATA, { resource: 'https://other.example.com/mcp' })
  },
  {
    rule: 'resource-identifier',
    name: 'names no resource, and quotes no control character',
    severity: 'error',
    finding: /^The resource in the metadata is \["\\u001b\[31m"\], not this server$/,
    change: body(METADATA, { resource: ['\u001b[31m'] })
  },
  {
    rule: 'authorization-servers',
    name: 'names no authorization server',
    severity: 'error',
    finding: /^The metadata names no authorization server$/,
    change: body(METADATA, { authorization_servers: 'https://login.example.com' })
  },
  {
    rule: 'server-metadata',
    name: 'has an authorization server without metadata',
    severity: 'error',
    finding:
      /^The metadata of the authorization server "http:\/\/127\.0\.0\.1:\d+" cannot be used: the status is 404 instead of 200$/,
    change: () => ({ [`GET ${SERVER}`]: null })
  },
  {
    rule: 'server-metadata',
    name: 'has an authorization server that is no URL',
    severity: 'error',
    finding: /^The metadata of the authorization server "login" cannot be used: the issuer is no URL$/,
    change: body(METADATA, { authorization_servers: ['login'] })
  },
  {
    rule: 'issuer',
    name: 'has an issuer with a final slash',
    severity: 'error',
    finding: /^The issuer in the metadata is "https:\/\/login\.example\.com\/", not "http:\/\/127\.0\.0\.1:\d+"$/,
    change: body(SERVER, { issuer: 'https://login.example.com/' })
  },
  {
    rule: 'endpoints',
    name: 'has no authorization endpoint',
    severity: 'error',
    finding: /^authorization_endpoint is missing, or is neither https nor http on loopback$/,
    change: body(SERVER, { authorization_endpoint: undefined })
  },
  {
    rule: 'endpoints',
    name: 'has a token endpoint that is not protected',
    severity: 'error',
    finding: /^token_endpoint is missing, or is neither https nor http on loopback$/,
    change: body(SERVER, { token_endpoint: 'http://login.example.com/token' })
  },
  {
    rule: 'code-flow',
    name: 'does not offer the grant',
    severity: 'error',
    finding: /^The metadata does not offer the authorization code flow$/,
    change: body(SERVER, { grant_types_supported: ['client_credentials'] })
  },
  {
    rule: 'pkce',
    name: 'does not name S256',
    severity: 'error',
    finding: /^The metadata does not offer PKCE with S256$/,
    change: body(SERVER, { code_challenge_methods_supported: ['plain'] })
  },
  {
    rule: 'registration',
    name: 'offers no way to register',
    severity: 'warning',
    finding: /^Clients can neither use a metadata document nor register: each is registered by hand$/,
    change: body(SERVER, { client_id_metadata_document_supported: undefined })
  },
  {
    rule: 'public-clients',
    name: 'wants a secret of each client',
    severity: 'warning',
    finding: /^The metadata does not offer the token endpoint to clients without a secret$/,
    change: body(SERVER, { token_endpoint_auth_methods_supported: ['client_secret_basic'] })
  },
  {
    rule: 'cors-metadata',
    name: 'closes its resource metadata',
    severity: 'warning',
    finding: /^Clients in a browser cannot read the protected resource metadata$/,
    change: () => ({ [`GET ${METADATA}`]: { headers: {} } })
  },
  {
    rule: 'cors-metadata',
    name: 'closes the metadata of its authorization server',
    severity: 'warning',
    finding: /^Clients in a browser cannot read the metadata of "http:\/\/127\.0\.0\.1:\d+"$/,
    change: () => ({ [`GET ${SERVER}`]: { headers: {} } })
  },
  {
    rule: 'cors-token',
    name: 'closes its token endpoint',
    severity: 'warning',
    finding: /^Clients in a browser cannot send a request to the token endpoint$/,
    change: () => ({ 'OPTIONS /token': { headers: {} } })
  },
  {
    rule: 'cors-mcp',
    name: 'closes itself to browsers',
    severity: 'note',
    finding: /^Clients in a browser cannot connect to the MCP server itself$/,
    change: () => ({ 'OPTIONS /mcp': null })
  }
]

for (const { rule, name, severity, finding, change } of broken) {
  t.test(`finds ${rule}, and nothing else, in a server that ${name}`, async (t) => {
    const origin = await serve(t, change)
    const { code, stdout, stderr } = await latchkey(['mcp', `${origin}/mcp`, '--json'])
    const findings = JSON.parse(stdout) as Finding[]
    t.same(
      findings.map((found) => [found.rule, found.severity]),
      [[rule, severity]]
    )
    t.match(findings[0]?.finding, finding)
    t.match(findings[0]?.see, /^https:\/\//)
    t.same({ code, stderr }, { code: severity === 'error' ? 1 : 0, stderr: '' })
  })
}

t.test('finds nothing in a healthy server', async (t) => {
  const origin = await serve(t, () => ({}))
  const end = await latchkeyProcess(['mcp', `${origin}/mcp`])
  t.same(end, { code: 0, stdout: 'MCP clients find nothing wrong.\n', stderr: '' })
})

t.test('accepts a resource that contains the server, and a server that clients register at', async (t) => {
  const origin = await serve(t, (origin) => ({
    [`GET ${METADATA}`]: { body: { resource: origin } },
    [`GET ${SERVER}`]: {
      body: { client_id_metadata_document_supported: false, registration_endpoint: `${origin}/register` }
    }
  }))
  t.equal((await latchkey(['mcp', `${origin}/mcp`])).stdout, 'MCP clients find nothing wrong.\n')
})

t.test('finds metadata at the paths that clients guess', async (t) => {
  const origin = await serve(t, (origin) => ({
    'POST /mcp': { headers: { 'www-authenticate': 'Bearer' } },
    [`GET ${METADATA}`]: null,
    'GET /.well-known/oauth-protected-resource': healthy(origin)[`GET ${METADATA}`] ?? null,
    [`GET ${SERVER}`]: null,
    'GET /.well-known/openid-configuration': healthy(origin)[`GET ${SERVER}`] ?? null
  }))
  const { stdout } = await latchkey(['mcp', `${origin}/mcp`, '--json'])
  t.same(
    (JSON.parse(stdout) as Finding[]).map(({ rule }) => rule),
    ['challenge-metadata']
  )
})

t.test('prints each finding with its fix and its section', async (t) => {
  const origin = await serve(t, body(SERVER, { code_challenge_methods_supported: [] }))
  const { code, stdout } = await latchkey(['mcp', `${origin}/mcp`])
  t.equal(
    stdout,
    `error pkce
  The metadata does not offer PKCE with S256
  Fix: name S256 in code_challenge_methods_supported: clients refuse a server without it
  See: https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization#authorization-code-protection

1 error
`
  )
  t.equal(code, 1)
})

t.test('exits with 2 when the server does not answer, and for a URL that is not protected', async (t) => {
  t.same(await latchkey(['mcp', 'http://127.0.0.1:1/mcp']), {
    code: 2,
    stdout: '',
    stderr: 'latchkey: http://127.0.0.1:1/mcp: the server does not answer\n'
  })
  t.same(await latchkey(['mcp', 'http://mcp.example.com']), {
    code: 2,
    stdout: '',
    stderr: 'latchkey: the URL must be https, or http on a loopback host such as localhost\n'
  })
})

async function serve(t: Test, change: Change): Promise<string> {
  const server = createServer(({ method, url }, response) => {
    const answer = answers[`${method} ${url}`] ?? { status: 404 }
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
    response.end(answer.body === undefined ? '' : JSON.stringify(answer.body))
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const answers: Record<string, Answer> = { ...healthy(origin) }
  for (const [at, changed] of Object.entries(change(origin))) {
    const before = answers[at]
    if (changed === null) Reflect.deleteProperty(answers, at)
    else answers[at] = { status: 404, ...before, ...changed, ...bodyOf(before, changed) }
  }
  return origin
}

function bodyOf(before: Answer | undefined, changed: Partial<Answer>): { readonly body?: unknown } {
  const [one, other] = [before?.body, changed.body]
  return isRecord(one) && isRecord(other) ? { body: { ...one, ...other } } : {}
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
