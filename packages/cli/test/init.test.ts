import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t, { type Test } from 'tap'
import { contains, like } from '@latchkey/exact'
import { latchkey, latchkeyProcess } from './fixtures/latchkey.ts'

// Each test starts processes.
t.setTimeout(300_000)

for (const access of ['tokens', 'login', 'api']) {
  for (const store of ['memory', 'sqlite', 'postgres']) {
    t.test(`writes a server for ${access} with ${store}, without a question`, async (t) => {
      const folder = await folderOf(t)
      const { code, stdout, stderr } = await latchkey(['init', folder, '--access', access, '--store', store])
      t.same({ code, stderr }, { code: 0, stderr: '' })
      t.match(
        stdout,
        /^app\.ts, package\.json, \.env, \.gitignore are in .*\. Next:\n\n {2}cd .*\n {2}npm install\n {2}npm start\n/
      )
      const program = await readFile(path.join(folder, 'app.ts'), 'utf8')
      t.ok(program.split('\n').length <= 60)
      const imported = [...program.matchAll(/ from '((?:@[a-z-]+\/)?[a-z-]+)(?:\/[a-z]+)?'/g)].map(([, name]) => name)
      const manifest = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as Record<string, object>
      const declared = Object.keys(manifest['dependencies'] ?? {})
      t.same(
        imported.filter((name) => name !== undefined && !declared.includes(name)),
        []
      )
      like(t, manifest, {
        name: 'server',
        private: true,
        type: 'module',
        scripts: { start: 'node --env-file=.env --import=tsx app.ts' }
      })
      t.equal((await stat(path.join(folder, '.env'))).mode & 0o777, 0o600)
      t.equal(await readFile(path.join(folder, '.gitignore'), 'utf8'), 'node_modules\n.env\n*.sqlite*\n')
    })
  }
}

t.test('does not write over files', async (t) => {
  const folder = await folderOf(t)
  const args = ['init', folder, '--access', 'api', '--store', 'memory']
  t.equal((await latchkeyProcess(args)).code, 0)
  const before = await readFile(path.join(folder, '.env'), 'utf8')
  t.same(await latchkey(args), {
    code: 2,
    stdout: '',
    stderr: `latchkey: ${folder} has app.ts, package.json, .env, .gitignore already. Fix: choose an empty folder\n`
  })
  t.equal(await readFile(path.join(folder, '.env'), 'utf8'), before)
})

t.test('exits with 2 when the name of the folder is empty', async (t) => {
  t.same(await latchkey(['init', '', '--access', 'api', '--store', 'memory']), {
    code: 2,
    stdout: '',
    stderr: 'latchkey: the folder must have a name. Fix: "." is the current folder\n'
  })
})

t.test('exits with 2 without a terminal when an answer is missing', async (t) => {
  const folder = await folderOf(t)
  t.same(await latchkey(['init', folder, '--access', 'api']), {
    code: 2,
    stdout: '',
    stderr: 'latchkey: without a terminal, init needs the folder, --access and --store\n'
  })
  t.same(await readdir(path.dirname(folder)), [])
})

for (const [name, packageName, word] of [
  ["My server's", 'my-server-s', String.raw`My server'\''s'`],
  ['___', 'server', '___'],
  ['.hidden', 'hidden', '.hidden']
] as const) {
  t.test(`the folder "${name}" is quoted for the shell, and gives a package name that npm accepts`, async (t) => {
    const folder = path.join(path.dirname(await folderOf(t)), name)
    const { code, stdout } = await latchkey(['init', folder, '--access', 'api', '--store', 'memory'])
    t.equal(code, 0)
    const [, hint = ''] = /^ {2}cd (.*)$/m.exec(stdout) ?? []
    t.ok(hint.endsWith(`/${word}`))
    t.equal(hint.startsWith("'"), word.endsWith("'"))
    like(t, JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')), { name: packageName })
  })
}

t.test('asks three questions on a terminal', async (t) => {
  const folder = await folderOf(t)
  const answers = [
    ['The folder of the server', `${'\u007f'.repeat(20)}${folder}\r`],
    ['The callers', '\u001b[B\r'],
    ['The store', '\r']
  ] as const
  const { code, stdout, stderr } = await latchkey(['init'], { answers })
  t.same({ code, stderr }, { code: 0, stderr: '' })
  contains(t, stdout, `app.ts, package.json, .env, .gitignore are in ${folder}. Next:`)
  const program = await readFile(path.join(folder, 'app.ts'), 'utf8')
  contains(t, program, "import login, { discord } from '@latchkey/login'")
  contains(t, program, 'const store = memoryStore()')
})

t.test('writes nothing when a question is cancelled', async (t) => {
  const folder = await folderOf(t)
  const args = ['init', folder, '--store', 'memory']
  const { code, stderr } = await latchkey(args, { answers: [['The callers', '\u0003']] })
  t.same({ code, stderr }, { code: 2, stderr: 'latchkey: init was cancelled: nothing was written\n' })
  t.same(await readdir(path.dirname(folder)), [])
})

t.test('asks for a secret on a terminal, on the standard error, and does not show it', async (t) => {
  const args = ['token', 'none.ts', '--client', 'job']
  const { code, stdout, stderr } = await latchkey(args, { answers: [['The client secret', 'a-secret-text\r']] })
  t.same({ code, stdout }, { code: 2, stdout: '' })
  contains(t, stderr, 'The client secret')
  t.match(stderr, /latchkey: none\.ts: there is no such file\n$/)
  t.notOk(stderr.includes('a-secret-text'))
})

t.test('exits with 2 when the prompt for a secret is cancelled', async (t) => {
  const args = ['token', 'none.ts', '--client', 'job']
  const { code, stderr } = await latchkey(args, { answers: [['The client secret', '\u0003']] })
  t.equal(code, 2)
  t.match(stderr, /latchkey: the client secret is missing\. Fix: set LATCHKEY_CLIENT_SECRET, or send it to --stdin\n$/)
})

async function folderOf(t: Test): Promise<string> {
  const parent = await mkdtemp(path.join(tmpdir(), 'latchkey-cli-'))
  t.teardown(() => rm(parent, { recursive: true }))
  return path.join(parent, 'server')
}

t.test('exits with 2 when the folder is a file', async (t) => {
  const file = path.join(await folderOf(t), 'file')
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, '')
  t.same(await latchkey(['init', file, '--access', 'api', '--store', 'memory']), {
    code: 2,
    stdout: '',
    stderr: `latchkey: ${file}: the files cannot be written. Fix: choose a new folder\n`
  })
})
