import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t, { type Test } from 'tap'
import { contains } from '@latchkey/exact'
import { appFile, latchkey, latchkeyProcess } from './fixtures/latchkey.ts'

// Each test starts processes.
t.setTimeout(300_000)

const file = appFile('rules.ts')

const SNAPSHOT = `PUT,PATCH,DELETE,POST /a noAuthentication
GET /inner allOf(authenticated, allOf(read))
GET /items anyOf(admin, allOf(read, write))
POST /items allOf(write)
GET /mapped everyone
POST /pay allOf(authenticated, recentLogin({ maxAge: 300 }))
`

t.test('prints each route with its rule, and the places where it is declared', async (t) => {
  const { code, stdout, stderr } = await latchkeyProcess(['routes', file])
  t.same(
    stdout.split('\n').map((line) => line.split(/ {2,}/)),
    [
      ['METHOD', 'PATH', 'RULE', 'DECLARED BY'],
      ['PUT,PATCH,+2', '/a', 'noAuthentication', 'route'],
      ['GET', '/inner', 'allOf(authenticated, allOf(read))', 'context, route'],
      ['GET', '/items', 'anyOf(admin, allOf(read, write))', 'route'],
      ['POST', '/items', 'allOf(write)', 'route'],
      ['GET', '/mapped', 'everyone', 'routes option'],
      ['POST', '/pay', 'allOf(authenticated, recentLogin({ maxAge: 300 }))', 'route'],
      ['']
    ]
  )
  t.same({ code, stderr }, { code: 0, stderr: '' })
})

t.test('--json prints data, and --check fails for a route without a rule and for one without a guard', async (t) => {
  const env = { UNDECLARED: 'allow', OUTSIDE: 'yes' }
  const { code, stdout, stderr } = await latchkey(['routes', file, '--json', '--check'], { env })
  const open = (JSON.parse(stdout) as { rule: string | null }[]).filter(({ rule }) => rule === null)
  t.same(open, [
    { method: 'GET', url: '/outside', rule: null, sources: [], guarded: false },
    { method: 'GET', url: '/undeclared', rule: null, sources: [], guarded: true }
  ])
  t.equal(stderr, '2 of 8 routes have no rule. Fix: give each a rule, in a context with a guard\n')
  t.equal(code, 1)
})

t.test('prints routes without a rule and without a guard', async (t) => {
  const { code, stdout, stderr } = await latchkey(['routes', file], { env: { UNDECLARED: 'allow', OUTSIDE: 'yes' } })
  t.match(stdout, /\nGET +\/outside +no guard\n[^]*\nGET +\/undeclared +no rule\n$/)
  t.same({ code, stderr }, { code: 0, stderr: '' })
})

t.test('--snapshot writes a file, and --check compares with it', async (t) => {
  const folder = await folderOf(t)
  const snapshot = path.join(folder, 'routes.txt')
  const args = ['routes', file, '--check', '--snapshot', snapshot]
  const missing = await latchkey(args)
  t.equal(missing.code, 2)
  contains(t, missing.stderr, 'latchkey: ')
  contains(t, missing.stderr, 'routes.txt: the snapshot cannot be read. Fix: write it with "latchkey routes"')

  t.same(await latchkey(['routes', file, '--snapshot', snapshot]).then(({ code, stderr }) => ({ code, stderr })), {
    code: 0,
    stderr: ''
  })
  t.equal(await readFile(snapshot, 'utf8'), SNAPSHOT)
  t.same(await latchkey(['routes', file, '--snapshot', folder]).then(({ code, stderr }) => ({ code, stderr })), {
    code: 2,
    stderr: `latchkey: ${folder}: the snapshot cannot be written\n`
  })
  await writeFile(snapshot, SNAPSHOT.replaceAll('\n', '\r\n'))
  t.same(await latchkey(args).then(({ code, stderr }) => ({ code, stderr })), { code: 0, stderr: '' })

  await writeFile(snapshot, SNAPSHOT.replace('/mapped everyone', '/mapped authenticated'))
  const changed = await latchkey(args)
  t.equal(
    changed.stderr,
    `The routes differ from ${snapshot}:\n- GET /mapped authenticated\n+ GET /mapped everyone\nFix: if the change is intended, run the command without --check, and commit the file\n`
  )
  t.equal(changed.code, 1)
})

t.test('--check --snapshot finds one more route with the method, the path and the rule of another one', async (t) => {
  const snapshot = path.join(await folderOf(t), 'routes.txt')
  const siblings = ['routes', appFile('sibling-guards.ts'), '--check', '--snapshot', snapshot]
  await writeFile(snapshot, 'GET /items authenticated\n')
  const { code, stderr } = await latchkey(siblings)
  t.equal(
    stderr,
    `The routes differ from ${snapshot}:\n+ GET /items authenticated\nFix: if the change is intended, run the command without --check, and commit the file\n`
  )
  t.equal(code, 1)
  await writeFile(snapshot, 'GET /items authenticated\n\n'.repeat(2))
  t.same(await latchkey(siblings).then(({ code, stderr }) => ({ code, stderr })), { code: 0, stderr: '' })
})

t.test('exits with 1 and the list of the guard when a route has no rule', async (t) => {
  const secret = 'h4Zb0pVq7Jx2mKc9Wd5Ys8Rt1Lf6Ng3Ue0Ai7Bo4Cv2'
  const env = { SESSION_SECRET: secret, KEY_SECRET: `${secret}x`, DISCORD_SECRET: 'x' }
  const { code, stdout, stderr } = await latchkey(['routes', appFile('no-rule.ts')], { env })
  t.match(stderr, /^latchkey: .*no-rule\.ts: The guard will not start:\n {2}GET \/open has no rule\n/)
  t.same({ code, stdout }, { code: 1, stdout: '' })
})

for (const [name, reason] of [
  ['missing.ts', 'there is no such file'],
  [
    'listens.mjs',
    'the file calls listen() when it is imported. Fix: call it only if the file is the main program, and export build(), or add --run'
  ],
  [
    'no-exports.mjs',
    'the file exports no server. Fix: export a function build() that returns it, or add --run, which runs the file as "node" does, until it calls listen()'
  ],
  [
    'needs-arguments.mjs',
    'build() must work without arguments. Fix: give its parameters defaults, or add --run, which runs the file as "node" does, until it calls listen()'
  ],
  ['returns-nothing.mjs', 'build() must return the Fastify server'],
  ['throws-text.mjs', 'the application threw a value that is no error'],
  ['exits.mjs', 'the program ended before its server was ready. Its output is above']
] as const) {
  t.test(`exits with 2 for ${name}, with the reason`, async (t) => {
    const { code, stdout, stderr } = await latchkey(['routes', appFile(name)])
    t.same({ code, stdout, stderr }, { code: 2, stdout: '', stderr: `latchkey: ${appFile(name)}: ${reason}\n` })
  })
}

for (const [name, flags] of [
  ['plugin.mjs', []],
  ['fastify-plugin.mjs', []],
  ['server.cjs', []],
  ['default-function.mjs', []],
  ['listens.mjs', ['--run']]
] as const) {
  t.test(`loads ${[name, ...flags].join(' ')}`, async (t) => {
    const { code, stdout, stderr } = await latchkey(['routes', appFile(name), ...flags])
    t.equal(stdout, 'METHOD  PATH    RULE      DECLARED BY\nGET     /hello  no guard\n')
    t.same({ code, stderr }, { code: 0, stderr: '' })
  })
}

t.test('--run ends with the program when it never calls listen()', { timeout: 30_000 }, async (t) => {
  const file = appFile('never-listens.mjs')
  const { code, stdout, stderr } = await latchkey(['routes', file, '--run'])
  const reason = 'the program ended before its server was ready. Its output is above'
  t.same({ code, stdout, stderr }, { code: 2, stdout: '', stderr: `latchkey: ${file}: ${reason}\n` })
})

t.test('--env-file sets variables of the application', async (t) => {
  const envFile = path.join(await folderOf(t), 'settings')
  await writeFile(envFile, 'OUTSIDE=yes\n')
  const { code, stdout } = await latchkey(['routes', file, '--env-file', envFile])
  t.match(stdout, /\nGET +\/outside +no guard\n/)
  t.equal(code, 0)
})

async function folderOf(t: Test): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-cli-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return folder
}

t.test('--check finds a route without a guard beside a guarded one of the same path and another host', async (t) => {
  const { code, stdout } = await latchkey(['routes', file, '--json', '--check'], { env: { HOSTS: 'yes' } })
  t.equal(code, 1)
  const routes = JSON.parse(stdout) as { readonly url: string; readonly guarded: boolean }[]
  t.same(
    routes
      .filter(({ url }) => url === '/items')
      .map(({ guarded }) => guarded)
      .toSorted(),
    [false, true, true]
  )
})

t.test(
  '--check knows the guard of each of two routes with one path, each in the context of its own guard',
  async (t) => {
    const { code, stdout, stderr } = await latchkey(['routes', appFile('sibling-guards.ts'), '--json', '--check'])
    const route = { method: 'GET', url: '/items', rule: 'authenticated', sources: ['route'], guarded: true }
    t.same(JSON.parse(stdout), [route, route])
    t.same({ code, stderr }, { code: 0, stderr: '' })
  }
)
