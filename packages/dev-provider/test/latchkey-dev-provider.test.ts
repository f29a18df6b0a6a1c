import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { contains, like } from '@latchkey/exact'
import { json } from './fixtures/relying-party.ts'

const program = fileURLToPath(new URL('../src/latchkey-dev-provider.ts', import.meta.url))

t.test(
  'runs a provider, prints the line for @latchkey/login, and exits with status 0 at SIGTERM (K19.4)',
  async (t) => {
    const { child, output } = await start(t, {}, '--profile=discord', '--port=0')
    const issuer = /issuer +(http:\/\/127\.0\.0\.1:\d+)/.exec(output)![1]!
    t.match(output, /profile +discord\n/)
    contains(t, output, `${issuer}/api/oauth2/token`)
    t.match(output, /client id +latchkey\n +client secret +latchkey-development-secret\n/)
    const client = "clientId: 'latchkey', clientSecret: 'latchkey-development-secret'"
    contains(
      t,
      output,
      `\n\nFor the option providers of @latchkey/login:\n\n  discord({ baseUrl: '${issuer}', ${client} })\n\n`
    )
    like(t, await json(fetch(`${issuer}/.well-known/openid-configuration`)), { issuer })
    child.kill('SIGTERM')
    t.same(await once(child, 'exit'), [0, null])
  }
)

t.test('reads client, person and faults from its arguments, and exits with status 0 at SIGINT', async (t) => {
  const { child, output } = await start(
    t,
    { NODE_ENV: 'production' },
    ...['--port=0', '--client-id=app', '--client-secret=s3cret', '--redirect-uri=http://localhost/a'],
    ...['--auto-login=ada', '--fault=deny', '--fault', 'slow,endpoint=jwks,delay=500,times=2'],
    '--insecure-allow-production'
  )
  t.match(output, /profile +oidc\n/)
  t.match(output, /client id +app\n +client secret +s3cret\n/)
  const issuer = /issuer +(\S+)/.exec(output)![1]!
  like(t, await json(fetch(`${issuer}/faults`)), [
    { name: 'deny', endpoint: 'authorization' },
    { name: 'slow', endpoint: 'jwks', delay: 500, times: 2 }
  ])
  child.kill('SIGINT')
  t.same(await once(child, 'exit'), [0, null])
})

t.test('--help prints the usage and every fault', async (t) => {
  const { code, stdout } = await run({}, '--help')
  t.equal(code, 0)
  t.match(stdout, /^Usage: latchkey-dev-provider/)
  for (const name of ['deny', 'expired-code', 'wrong-iss-parameter', 'no-refresh-token'])
    contains(t, stdout, `  ${name} `)
})

for (const { args, environment, reason } of [
  {
    args: ['--fault=slow,delay'],
    reason: '@latchkey/dev-provider: fault must have the form slow,endpoint=jwks,delay=500,times=1'
  },
  { args: ['--colour'], reason: "Unknown option '--colour'" },
  {
    args: ['--port=0'],
    environment: { NODE_ENV: 'production' },
    reason: '@latchkey/dev-provider: insecureAllowProduction must be true if NODE_ENV is production'
  }
]) {
  t.test(`${args.join(' ')} ${environment ? 'in production ' : ''}exits with status 2`, async (t) => {
    const { code, stdout, stderr } = await run(environment ?? {}, ...args)
    t.equal(code, 2)
    t.equal(stdout, '')
    contains(t, stderr, 'latchkey-dev-provider: ')
    contains(t, stderr, reason)
  })
}

type Environment = Readonly<Record<string, string>>

async function run(env: Environment, ...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env } }
    execFile(process.execPath, [...process.execArgv, program, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr })
    })
  })
}

async function start(t: Test, env: Environment, ...args: string[]): Promise<{ child: ChildProcess; output: string }> {
  const child = spawn(process.execPath, [...process.execArgv, program, ...args], { env: { ...process.env, ...env } })
  t.teardown(() => child.kill())
  let output = ''
  for await (const chunk of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    output += String(chunk)
    if (output.includes('Ctrl+C')) break
  }
  return { child, output }
}
