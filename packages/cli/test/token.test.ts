import { randomBytes } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { appFile, latchkey, latchkeyProcess } from './fixtures/latchkey.ts'

// Each test starts processes.
t.setTimeout(300_000)

const secret = randomBytes(32).toString('base64url')
const env = { JOB_SECRET: secret, KEY_SECRET: randomBytes(32).toString('base64url') }
const file = appFile('tokens.ts')
const audience = 'http://localhost:3000'

t.test('prints the token of a client alone, from an app file, with the secret of the environment', async (t) => {
  const args = ['token', file, '--client', 'job', '--scope', 'items:read', '--resource', 'http://localhost:3000']
  const { code, stdout, stderr } = await latchkeyProcess(args, { env: { ...env, LATCHKEY_CLIENT_SECRET: secret } })
  t.same({ code, stderr }, { code: 0, stderr: '' })
  t.equal(stdout.split('.').length, 3)
  like(t, claimsOf(stdout), {
    iss: 'http://localhost:3000',
    aud: 'http://localhost:3000',
    sub: 'client:job',
    client_id: 'job',
    scope: 'items:read'
  })
})

for (const [name, args, settings] of [
  ['a public client and the standard input', ['--client', 'app', '--public', '--stdin'], { stdin: 'wonderland\n' }],
  ['a public client and the environment', ['--client', 'app'], { env: { LATCHKEY_PASSWORD: 'wonderland' } }],
  [
    'a client with a secret',
    ['--client', 'job'],
    { env: { LATCHKEY_PASSWORD: 'wonderland', LATCHKEY_CLIENT_SECRET: secret } }
  ]
] as const) {
  t.test(`--user gets the token of a user with the password of ${name}`, async (t) => {
    const all = ['token', file, '--user', 'alice', '--scope', 'items:read', '--resource', audience, '--json', ...args]
    const { code, stdout, stderr } = await latchkey(all, {
      ...settings,
      env: { ...env, ...('env' in settings && settings.env) }
    })
    t.same({ code, stderr }, { code: 0, stderr: '' })
    const answer = JSON.parse(stdout) as Record<string, string>
    like(t, answer, { token_type: 'bearer', expires_in: 600, scope: 'items:read' })
    like(t, claimsOf(String(answer['access_token'])), { sub: 'alice', scope: 'items:read' })
  })
}

for (const [name, args, settings, end] of [
  [
    'a wrong secret',
    ['--client', 'job', '--stdin'],
    { stdin: `${secret}x` },
    { code: 1, stderr: 'latchkey: the server refused the client with 401\n' }
  ],
  [
    'a wrong password',
    ['--client', 'app', '--user', 'alice', '--stdin'],
    { stdin: 'wonderlamp' },
    { code: 1, stderr: 'latchkey: the server refused: "invalid_grant: The username or the password is wrong"\n' }
  ],
  [
    'no secret',
    ['--client', 'job'],
    {},
    {
      code: 2,
      stderr: 'latchkey: the client secret is missing. Fix: set LATCHKEY_CLIENT_SECRET, or send it to --stdin\n'
    }
  ],
  [
    'an empty standard input',
    ['--client', 'job', '--stdin'],
    {},
    {
      code: 2,
      stderr: 'latchkey: the client secret is missing. Fix: set LATCHKEY_CLIENT_SECRET, or send it to --stdin\n'
    }
  ]
] as const) {
  t.test(`exits with ${end.code} for ${name}, and prints no token`, async (t) => {
    const { code, stdout, stderr } = await latchkey(['token', file, ...args], { env, ...settings })
    t.same({ code, stdout, stderr }, { ...end, stdout: '' })
  })
}

t.test('--run takes the first of several servers that listen', async (t) => {
  const args = ['token', appFile('two-listen.mjs'), '--run', '--client', 'job', '--stdin']
  const { code, stdout, stderr } = await latchkey(args, { env, stdin: secret })
  t.same({ code, stderr }, { code: 0, stderr: '' })
  like(t, claimsOf(stdout), { sub: 'client:job' })
})

t.test('exits with 2 for a server without a token endpoint', async (t) => {
  const args = ['token', appFile('rules.ts'), '--client', 'app', '--public']
  const { code, stdout, stderr } = await latchkey(args)
  const message = `latchkey: ${appFile('rules.ts')}: the server has no token endpoint\n`
  t.same({ code, stdout, stderr }, { code: 2, stdout: '', stderr: message })
})

const json = { 'content-type': 'application/json' }
const tokens = JSON.stringify({ access_token: 'a-token', token_type: 'Bearer' })

t.test('finds the token endpoint of an issuer in its metadata', async (t) => {
  const seen: string[] = []
  const origin = await listening(t, ({ url, headers }, answer) => {
    seen.push(`${url} ${headers.authorization ?? 'no credentials'}`)
    const metadata = JSON.stringify({ issuer: origin, token_endpoint: `${origin}/oauth/token` })
    answer.writeHead(200, json).end(url === '/oauth/token' ? tokens : metadata)
  })
  const settings = { env: { LATCHKEY_CLIENT_SECRET: 'a:secret' } }
  const { code, stdout, stderr } = await latchkey(['token', origin, '--client', 'job'], settings)
  t.same({ code, stdout, stderr }, { code: 0, stdout: 'a-token\n', stderr: '' })
  const credentials = Buffer.from('job:a%3Asecret').toString('base64')
  t.same(seen, ['/.well-known/oauth-authorization-server no credentials', `/oauth/token Basic ${credentials}`])
})

t.test('takes a URL without metadata for the token endpoint itself', async (t) => {
  const origin = await listening(t, ({ url }, answer) => {
    answer.writeHead(url === '/oauth/token' ? 200 : 404, json).end(tokens)
  })
  const settings = { env: { LATCHKEY_CLIENT_SECRET: 'a-secret' } }
  const { code, stdout, stderr } = await latchkey(['token', `${origin}/oauth/token`, '--client', 'job'], settings)
  t.same({ code, stdout, stderr }, { code: 0, stdout: 'a-token\n', stderr: '' })
})

for (const [name, metadata, message] of [
  ['of another issuer', { issuer: 'https://other.example.com' }, /^latchkey: the server gave no token: .*issuer.*\n$/],
  [
    'with a token endpoint that is not protected',
    { token_endpoint: 'http://tokens.example.com' },
    /^latchkey: the metadata of the server has no token_endpoint that is https, or http on a loopback host\n$/
  ],
  [
    'without a token endpoint',
    {},
    /^latchkey: the metadata of the server has no token_endpoint that is https, or http on a loopback host\n$/
  ]
] as const) {
  t.test(`exits with 2 for metadata ${name}`, async (t) => {
    const origin = await listening(t, (_request, answer) => {
      answer.writeHead(200, json).end(JSON.stringify({ issuer: origin, ...metadata }))
    })
    const { code, stdout, stderr } = await latchkey(['token', origin, '--client', 'app', '--public'])
    like(t, { code, stdout, stderr }, { code: 2, stdout: '', stderr: message })
  })
}

t.test('exits with 2 when the server does not answer', async (t) => {
  const { code, stderr } = await latchkey(['token', 'http://127.0.0.1:1', '--client', 'app', '--public'])
  t.same({ code, stderr }, { code: 2, stderr: 'latchkey: the server gave no token: fetch failed\n' })
})

for (const url of ['http://tokens.example.com', 'https://[']) {
  t.test(`exits with 2 for the URL ${url}`, async (t) => {
    const { code, stderr } = await latchkey(['token', url, '--client', 'app', '--public'])
    const message = 'latchkey: the URL must be https, or http on a loopback host such as localhost\n'
    t.same({ code, stderr }, { code: 2, stderr: message })
  })
}

function claimsOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

async function listening(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('an empty LATCHKEY_CLIENT_SECRET is none for a client with a user', async (t) => {
  const settings = { env: { ...env, LATCHKEY_CLIENT_SECRET: '' }, stdin: 'wonderland' }
  const args = ['token', file, '--client', 'app', '--user', 'alice', '--stdin']
  const { code, stderr } = await latchkey(args, settings)
  t.same({ code, stderr }, { code: 0, stderr: '' })
})
