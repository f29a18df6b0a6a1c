import { readFileSync } from 'node:fs'
import t from 'tap'
import { contains, like } from '@latchkey/exact'
import '@latchkey/cli/inspector'
import { run } from '@latchkey/cli'
import { latchkey, latchkeyProcess } from './fixtures/latchkey.ts'

// Each test starts processes.
t.setTimeout(300_000)

t.test('--help prints the commands and the exit codes', async (t) => {
  const { code, stdout, stderr } = await latchkeyProcess(['--help'])
  t.same({ code, stderr }, { code: 0, stderr: '' })
  t.match(stdout, /^Usage: latchkey \[options\] \[command\]\n/)
  for (const command of ['routes', 'doctor', 'token', 'keys', 'mcp', 'init']) contains(t, stdout, `\n  ${command} `)
  contains(t, stdout, '\nExit codes:\n  0  done; doctor, mcp and routes --check found no error\n')
})

for (const command of ['routes', 'doctor', 'token', 'keys', 'mcp', 'init']) {
  t.test(`${command} --help prints its usage`, async (t) => {
    const { code, stdout, stderr } = await latchkey([command, '--help'])
    t.same({ code, stderr }, { code: 0, stderr: '' })
    t.equal(stdout.startsWith(`Usage: latchkey ${command} `), true)
  })
}

t.test('--version prints the version of the package', async (t) => {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(manifest) as { version: string }
  t.same(await latchkey(['--version']), { code: 0, stdout: `${version}\n`, stderr: '' })
})

for (const [args, message] of [
  [['routs'], "error: unknown command 'routs'\n(Did you mean routes?)\n"],
  [['routes'], "error: missing required argument 'file'\n"],
  [['doctor', 'app.ts', '--jsn'], "error: unknown option '--jsn'\n(Did you mean --json?)\n"],
  [['token', 'app.ts'], "error: required option '--client <id>' not specified\n"],
  [
    ['keys', 'new', '--alg', 'none'],
    "error: option '--alg <name>' argument 'none' is invalid. Allowed choices are ES256, RS256, Ed25519, EdDSA.\n"
  ]
] as const) {
  t.test(`exits with 2 for latchkey ${args.join(' ')}`, async (t) => {
    t.same(await latchkey(args), { code: 2, stdout: '', stderr: message })
  })
}

t.test('prints colours only where they are wanted', async (t) => {
  const args = ['mcp', 'http://mcp.example.com']
  const plain = 'latchkey: the URL must be https, or http on a loopback host such as localhost\n'
  t.equal((await latchkeyProcess(args)).stderr, plain)
  t.equal((await latchkeyProcess(args, { env: { NO_COLOR: '1' } })).stderr, plain)
  const { stderr } = await latchkeyProcess(args, { env: { FORCE_COLOR: '1' } })
  t.equal(stderr, plain.replace('latchkey:', '\u001b[31mlatchkey:\u001b[39m'))
})

t.test('rejects with an error that it does not expect', async (t) => {
  const { write } = process.stdout
  process.stdout.write = () => {
    throw new Error('the disk is full')
  }
  const outcome = await run(['keys', 'secret']).catch((error: unknown) => error)
  process.stdout.write = write
  like(t, outcome, { message: 'the disk is full' })
})

t.test('a reader that ends early does not change the exit code', async (t) => {
  t.same(await latchkeyProcess(['keys', 'secret'], { readsOutput: false }), { code: 0, stdout: '', stderr: '' })
})

t.test('an output that cannot be written is an error', async (t) => {
  await latchkey(['keys', 'secret'])
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  t.throws(() => process.stdout.emit('error', full), full)
})
