import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { like } from '@latchkey/exact'
import { decodeProtectedHeader } from 'jose'
import { keysFromText, storedKeys } from '@latchkey/token-endpoint'
import { memoryStore } from '@latchkey/store/memory'
import { server } from './fixtures/server.ts'

const program = fileURLToPath(new URL('../src/latchkey-keys.ts', import.meta.url))

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function latchkeyKeys(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...process.execArgv, program, ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
  })
}

for (const [args, alg] of [
  [[], 'ES256'],
  [['--alg=Ed25519'], 'Ed25519'],
  [['--alg=RS256'], 'RS256']
] as const) {
  t.test(`prints a key set for ${alg} as one line that keysFromText() reads (K28, SEC-36)`, async (t) => {
    const { code, stdout, stderr } = await latchkeyKeys(...args)
    like(t, [code, stderr], [0, ''])
    t.match(stdout, /^[^\n]+\n$/)
    const { login } = await server({ keys: keysFromText(stdout) })
    const { body } = await login()
    like(t, decodeProtectedHeader(body.access_token), { alg })
  })
}

t.test('prints a secret for stored keys as one line (SEC-36)', async (t) => {
  const { code, stdout, stderr } = await latchkeyKeys('--secret')
  like(t, [code, stderr], [0, ''])
  t.match(stdout, /^[A-Za-z0-9_-]{43}\n$/)
  t.ok(storedKeys({ store: memoryStore(), secrets: [stdout.trim()] }))
})

t.test('prints its usage', async (t) => {
  like(t, await latchkeyKeys('--help'), { code: 0, stdout: /^Usage: latchkey-keys .*--secret/s, stderr: '' })
})

for (const args of [
  ['--alg', 'HS256'],
  ['--algorithm', 'EdDSA']
]) {
  t.test(`refuses ${args.join(' ')} with status 2 and without a key`, async (t) => {
    like(t, await latchkeyKeys(...args), { code: 2, stdout: '', stderr: /^latchkey-keys: .*Usage: /s })
  })
}
