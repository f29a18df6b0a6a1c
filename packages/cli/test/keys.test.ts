import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t from 'tap'
import { like } from '@latchkey/exact'
import { appFile, latchkey, latchkeyProcess } from './fixtures/latchkey.ts'

// Each test starts processes.
t.setTimeout(300_000)

interface Jwk {
  readonly kid: string
  readonly alg: string
  readonly kty: string
  readonly d?: string
}

const env = {
  JOB_SECRET: randomBytes(32).toString('base64url'),
  KEY_SECRET: randomBytes(32).toString('base64url')
}

t.test('keys new prints one private key for ES256, in a process of its own', async (t) => {
  const { code, stdout, stderr } = await latchkeyProcess(['keys', 'new'])
  t.same({ code, stderr }, { code: 0, stderr: '' })
  const keys = keysIn(stdout)
  t.equal(keys.length, 1)
  like(t, keys[0], { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', kid: String, d: String })
})

for (const [alg, kty] of [
  ['RS256', 'RSA'],
  ['Ed25519', 'OKP'],
  ['EdDSA', 'OKP']
] as const) {
  t.test(`keys new --alg ${alg} prints a key for it`, async (t) => {
    const { stdout } = await latchkey(['keys', 'new', '--alg', alg])
    like(t, keysIn(stdout), [{ alg, kty, d: String }])
  })
}

t.test('keys secret prints 32 random bytes', async (t) => {
  const [one, other] = [await latchkey(['keys', 'secret']), await latchkey(['keys', 'secret'])]
  t.same([one.code, one.stderr], [0, ''])
  t.match(one.stdout, /^[A-Za-z0-9_-]{43}\n$/)
  t.not(one.stdout, other.stdout)
})

t.test('keys rotate publishes a new key, then lets it sign, and --drop-public removes the old one', async (t) => {
  const { stdout: made } = await latchkey(['keys', 'new', '--alg', 'Ed25519'])
  const [old] = keysIn(made)
  const first = await latchkey(['keys', 'rotate', '--file', '-'], { stdin: made })
  t.equal(
    first.stderr,
    'The last key is new. Deploy this key set to every process, wait for 10 minutes, and run the command again\n'
  )
  const [signer, next] = keysIn(first.stdout)
  t.same(signer, old)
  like(t, next, { alg: 'Ed25519', d: String })

  const second = await latchkey(['keys', 'rotate', '--env', 'OUR_KEYS'], { env: { OUR_KEYS: first.stdout } })
  t.equal(
    second.stderr,
    'The first key signs now. Deploy this key set. Use --drop-public in the next rotation, a day from now at the earliest\n'
  )
  const { d: _, ...oldPublic } = old!
  t.same(keysIn(second.stdout), [next, oldPublic])

  const args = ['keys', 'rotate', '--alg', 'ES256', '--drop-public']
  const third = await latchkey(args, { env: { SIGNING_KEYS: second.stdout } })
  t.same(keysIn(third.stdout).slice(0, 1), [next])
  like(t, keysIn(third.stdout)[1], { alg: 'ES256', d: String })
  t.equal(keysIn(third.stdout).length, 2)
})

t.test('a key set without a private key signs nothing, and cannot be rotated', async (t) => {
  const { d: _, ...verifier } = keysIn((await latchkey(['keys', 'new'])).stdout)[0]!
  const settings = { env: { SIGNING_KEYS: JSON.stringify([verifier]) } }
  like(t, JSON.parse((await latchkey(['keys', 'list', '--json'], settings)).stdout), [{ use: 'published' }])
  t.same(await latchkey(['keys', 'rotate'], settings), {
    code: 2,
    stdout: '',
    stderr: 'latchkey: the key set has no private key, so no key signs. Fix: make one with "latchkey keys new"\n'
  })
})

t.test('keys list describes a key set, and prints no key', async (t) => {
  const { stdout: made } = await latchkey(['keys', 'new'])
  const { stdout: set } = await latchkey(['keys', 'rotate', '--file', '-'], { stdin: made })
  const [signer, next] = keysIn(set)
  const { d: _, ...verifier } = keysIn((await latchkey(['keys', 'new', '--alg', 'RS256'])).stdout)[0]!
  const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-cli-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const file = path.join(folder, 'keys.json')
  await writeFile(file, JSON.stringify([signer, next, { ...verifier, kid: 'old' }, { kty: 'EC' }]))
  const { code, stdout, stderr } = await latchkey(['keys', 'list', '--file', file])
  t.same(
    stdout.split('\n').map((line) => line.split(/ {2,}/)),
    [
      ['KID', 'ALG', 'USE'],
      [signer!.kid, 'ES256', 'signs'],
      [next!.kid, 'ES256', 'published, can sign'],
      ['old', 'RS256', 'published'],
      ['none', 'none', 'published'],
      ['']
    ]
  )
  t.same({ code, stderr }, { code: 0, stderr: '' })
})

for (const [name, args, settings, place] of [
  ['no variable', [], {}, 'the environment variable SIGNING_KEYS'],
  ['a text that is no JSON', [], { env: { SIGNING_KEYS: 'secret text' } }, 'the environment variable SIGNING_KEYS'],
  ['an empty standard input', ['--file', '-'], {}, 'the file']
] as const) {
  t.test(`keys list exits with 2 for ${name}, and does not quote it`, async (t) => {
    const { code, stdout, stderr } = await latchkey(['keys', 'list', ...args], settings)
    const message = `latchkey: ${place} must have the JSON of a key set, or of a list of keys. Fix: make one with "latchkey keys new"\n`
    t.same({ code, stdout, stderr }, { code: 2, stdout: '', stderr: message })
  })
}

t.test('keys list exits with 2 for a file that cannot be read', async (t) => {
  const { code, stderr } = await latchkey(['keys', 'list', '--file', 'none.json'])
  t.same({ code, stderr }, { code: 2, stderr: 'latchkey: none.json: the file cannot be read\n' })
})

t.test('keys list describes the keys of a server, and keys rotate makes its next key', async (t) => {
  const listed = await latchkey(['keys', 'list', appFile('tokens.ts'), '--json'], { env })
  like(t, JSON.parse(listed.stdout), [{ kid: String, alg: 'ES256', use: 'signs' }])
  const rotated = await latchkey(['keys', 'rotate', appFile('tokens.ts')], { env })
  t.same(rotated, {
    code: 0,
    stdout: '',
    stderr: 'The store has a new key, unless one was waiting. It signs after the overlap, in every process\n'
  })
})

t.test(
  'keys rotate exits with 2 for a server whose keys are a list, and for one without a token endpoint',
  async (t) => {
    const more = { ...env, SESSION_SECRET: env.JOB_SECRET, DISCORD_SECRET: 'x' }
    const list = await latchkey(['keys', 'rotate', appFile('keys-made-at-start.ts')], { env: more })
    t.match(
      list.stderr,
      /^latchkey: .*: The signing keys are given in a list: put a new one into it, or use storedKeys\(\)\n$/
    )
    t.same([list.code, list.stdout], [2, ''])
    const none = await latchkey(['keys', 'rotate', appFile('rules.ts')])
    t.same(none, {
      code: 2,
      stdout: '',
      stderr: `latchkey: ${appFile('rules.ts')}: the server has no token endpoint\n`
    })
  }
)

t.test('keys list describes the keys that a server publishes, and the one that signs', async (t) => {
  const more = { ...env, SESSION_SECRET: env.JOB_SECRET, DISCORD_SECRET: 'x' }
  const { stdout } = await latchkey(['keys', 'list', appFile('key-algorithm.ts'), '--json'], { env: more })
  t.same(JSON.parse(stdout), [
    { kid: 'old', alg: 'EdDSA', use: 'signs' },
    { kid: 'next', alg: 'ES256', use: 'published' }
  ])
})

function keysIn(text: string): readonly Jwk[] {
  return (JSON.parse(text) as { keys: Jwk[] }).keys
}

for (const [name, set] of Object.entries({
  'a list of secrets': '["aaaa","canary-canary-canary"]',
  'a list with a number': '[{},1]',
  'an empty set': '{"keys":[]}'
})) {
  t.test(`exits with 2 for ${name}, and does not print it`, async (t) => {
    for (const command of ['list', 'rotate']) {
      const { code, stdout, stderr } = await latchkey(['keys', command], { env: { SIGNING_KEYS: set } })
      t.same({ code, stdout }, { code: 2, stdout: '' })
      t.equal(
        stderr,
        'latchkey: the environment variable SIGNING_KEYS must have the JSON of a key set, or of a list of keys. Fix: make one with "latchkey keys new"\n'
      )
    }
  })
}

t.test('keys rotate keeps the private keys that wait behind the next one', async (t) => {
  const made: Jwk[] = []
  for (let at = 0; at < 3; at++) made.push(...keysIn((await latchkey(['keys', 'new'])).stdout))
  const [first, second, third] = made
  const { stdout } = await latchkey(['keys', 'rotate'], {
    env: { SIGNING_KEYS: JSON.stringify([first, second, third]) }
  })
  const rotated = keysIn(stdout)
  t.same(
    rotated.map(({ kid, d }) => [kid, d !== undefined]),
    [
      [second?.kid, true],
      [first?.kid, false],
      [third?.kid, true]
    ]
  )
})
