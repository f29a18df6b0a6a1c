import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'


const program = fileURLToPath(new URL('../src/latchkey-dev-provider.ts', import.meta.url))

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  t.test(`runs a provider, says what to configure, and ends well at ${signal}`, async (t) => {
    const { child, output } = await start(t, '--profile=discord', '--port=0')
    const issuer = /issuer +(http:\/\/127\.0\.0\.1:\d+)/.exec(output)![1]!
    t.match(output, /profile +discord\n/)
    t.match(output, `${issuer}/api/oauth2/token`)
    t.match(output, /client id +latchkey\n +client secret +latchkey-development-secret\n/)
    const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()
    t.equal(metadata.issuer, issuer)
    child.kill(signal)
    t.same(await once(child, 'exit'), [0, null])
  })
}

t.test('takes client, person and faults from its arguments', async (t) => {
  const { output } = await start(
    t,
    ...['--port=0', '--client-id=app', '--client-secret=s3cret', '--redirect-uri=http://localhost/a'],
    ...['--auto-login=ada', '--fault=deny', '--fault', 'slow,endpoint=jwks,delay=500,times=2']
  )
  t.match(output, /profile +oidc\n/)
  t.match(output, /client id +app\n +client secret +s3cret\n/)
  const issuer = /issuer +(\S+)/.exec(output)![1]!
  t.match(await (await fetch(`${issuer}/faults`)).json(), [
    { name: 'deny', endpoint: 'authorization' },
    { name: 'slow', endpoint: 'jwks', delay: 500, times: 2 }
  ])
})

t.test('prints how it is used, with every fault', async (t) => {
  const { code, stdout } = await run('--help')
  t.equal(code, 0)
  t.match(stdout, /^Usage: latchkey-dev-provider/)
  for (const name of ['deny', 'expired-code', 'wrong-iss-parameter', 'no-refresh-token']) t.match(stdout, `  ${name} `)
})

for (const [args, reason] of [
  [['--profile=github'], 'the option profile must be discord, google or oidc'],
  [['--port=http'], 'the option port must be a port'],
  [['--fault=none'], 'the option faults must be of deny,'],
  [['--fault=slow,delay'], 'the option delay must be'],
  [['--colour'], "Unknown option '--colour'"]
] as const) {
  t.test(`refuses ${args.join(' ')} with status 2`, async (t) => {
    const { code, stdout, stderr } = await run(...args)
    t.equal(code, 2)
    t.equal(stdout, '')
    t.match(stderr, `latchkey-dev-provider: `)
    t.match(stderr, reason)
  })
}

t.test('does not start in production, unless it is told to', async (t) => {
  const refused = await run.call({ NODE_ENV: 'production' })
  t.equal(refused.code, 2)
  t.match(refused.stderr, 'insecureAllowProduction')
  const { output } = await start.call({ NODE_ENV: 'production' }, t, '--port=0', '--insecure-allow-production')
  t.match(output, 'Listening on 127.0.0.1 only')
})

type Environment = Readonly<Record<string, string>> | undefined

async function run(this: Environment | void, ...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...this } }
    execFile(process.execPath, [...process.execArgv, program, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr })
    })
  })
}

async function start(
  this: Environment | void,
  t: Test,
  ...args: string[]
): Promise<{ child: ChildProcess; output: string }> {
  const child = spawn(process.execPath, [...process.execArgv, program, ...args], { env: { ...process.env, ...this } })
  t.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill()
    await once(child, 'exit')
  })
  let output = ''
  for await (const chunk of child.stdout) {
    output += String(chunk)
    if (output.includes('Ctrl+C')) break
  }
  return { child, output }
}
