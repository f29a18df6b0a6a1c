import t from 'tap'
import { like } from '@latchkey/exact'
import type { Finding } from '@latchkey/cli'
import { latchkey, latchkeyProcess } from './fixtures/latchkey.ts'
import { body, broken, healthy, METADATA, SERVER } from './fixtures/mcp-answers.ts'
import { serve } from './fixtures/mcp-server.ts'

// Each test starts processes.
t.setTimeout(300_000)

for (const { rule, name, severity, finding, change } of broken) {
  t.test(`finds ${rule}, and nothing else, in a server that ${name}`, async (t) => {
    const origin = await serve(t, change)
    const { code, stdout, stderr } = await latchkey(['mcp', `${origin}/mcp`, '--json'])
    const findings = JSON.parse(stdout) as Finding[]
    t.same(
      findings.map((found) => [found.rule, found.severity]),
      [[rule, severity]]
    )
    like(t, findings[0], { finding, see: /^https:\/\// })
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

t.test('a server that does not answer is a finding among the others, without its control characters', async (t) => {
  const dead = 'http://127.0.0.1:9/\u001b[31m'
  const origin = await serve(t, body(SERVER, { token_endpoint: dead }))
  const { code, stdout } = await latchkey(['mcp', `${origin}/mcp`, '--json'])
  t.equal(code, (JSON.parse(stdout) as Finding[]).some(({ severity }) => severity === 'error') ? 1 : 0)
  t.notOk(stdout.includes('\u001b'))
})

t.test('a metadata document of an authorization server that is down, or is too long, is a finding', async (t) => {
  for (const change of [{ authorization_servers: ['http://127.0.0.1:9'] }, { padding: 'x'.repeat(1024 * 1024) }]) {
    const origin = await serve(t, body(METADATA, change))
    const { code, stdout, stderr } = await latchkey(['mcp', `${origin}/mcp`, '--json'])
    t.same({ code, stderr }, { code: 1, stderr: '' })
    t.ok((JSON.parse(stdout) as Finding[]).length > 0)
  }
})
