import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { root } from '../architecture/workspace.ts'
import { freeOrigin } from '../loopback.ts'
import { NODE, programEnvironment } from '../programs.ts'
import { latchkey } from './program.ts'

// Each test starts processes.
t.setTimeout(300_000)

for (const store of ['memory', 'sqlite']) {
  t.test(`the server of init for tokens with ${store} issues a token to the client and accepts it`, async (t) => {
    const { folder, printed } = await init(t, 'tokens', store)
    const doctor = await latchkey(['doctor', 'app.ts', '--env-file', '.env'], {}, folder)
    t.same(doctor, { code: 0, stdout: 'The doctor found nothing.\n', stderr: '' })

    const origin = await start(t, folder)
    const [, secret = ''] = /kept nowhere: (\S+)/.exec(printed) ?? []
    const args = ['token', origin, '--client', 'job', '--scope', 'items:read']
    const { code, stdout, stderr } = await latchkey(args, { LATCHKEY_CLIENT_SECRET: secret })
    t.same({ code, stderr }, { code: 0, stderr: '' })
    const items = await fetch(`${origin}/items`, { headers: { authorization: `Bearer ${stdout.trim()}` } })
    t.same([items.status, await items.json()], [200, ['a brass key']])
    const none = await fetch(`${origin}/items`)
    t.same([none.status, none.headers.get('www-authenticate')], [401, 'Bearer scope="items:read"'])
  })
}

t.test('the server of init for login sends a browser to the provider', async (t) => {
  const { folder } = await init(t, 'login', 'sqlite')
  const origin = await start(t, folder)
  const page = await fetch(`${origin}/me`)
  t.equal(page.status, 401)
  const login = await fetch(`${origin}/login?returnTo=%2Fme`, { redirect: 'manual' })
  t.match(login.headers.get('location'), /^http:\/\/127\.0\.0\.1:4000\/oauth2\/authorize\?/)
  t.equal((await fetch(`${origin}/health`)).status, 200)
})

t.test('the server of init for the tokens of another issuer names it to clients', async (t) => {
  const { folder } = await init(t, 'api', 'memory')
  const origin = await start(t, folder)
  const refused = await fetch(`${origin}/items`)
  t.equal(refused.status, 401)
  t.match(
    refused.headers.get('www-authenticate'),
    /resource_metadata="http:\/\/localhost:\d+\/\.well-known\/oauth-protected-resource"/
  )
  const metadata = await fetch(`${origin}/.well-known/oauth-protected-resource`)
  like(t, await metadata.json(), { resource: origin, authorization_servers: ['https://login.example.com'] })
})

// In the repository, where its imports find the packages.
async function init(t: Test, access: string, store: string): Promise<{ folder: string; printed: string }> {
  const parent = path.join(root, '.artifacts')
  await mkdir(parent, { recursive: true })
  const folder = await mkdtemp(path.join(parent, 'init-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const { code, stdout, stderr } = await latchkey(['init', folder, '--access', access, '--store', store])
  t.same({ code, stderr }, { code: 0, stderr: '' })
  return { folder, printed: stdout }
}

/** Starts the server with the command of its package.json. */
async function start(t: Test, folder: string): Promise<string> {
  const origin = await freeOrigin()
  const child = spawn(NODE.starter, [...NODE.words, '--env-file=.env', '--import=tsx', 'app.ts'], {
    cwd: folder,
    env: programEnvironment({ NODE_ENV: undefined, PORT: new URL(origin).port }),
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => stop(child))
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
  t.equal(line, `The server listens on ${origin}\n`)
  return origin
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill()
  await ended
}
