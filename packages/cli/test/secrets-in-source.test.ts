import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import type { Finding } from '@latchkey/cli'
import { appFile, latchkey, latchkeyProcess } from './fixtures/latchkey.ts'

// Each test starts processes.
t.setTimeout(300_000)

const random = (): string => randomBytes(32).toString('base64url')
const env = { SESSION_SECRET: random(), KEY_SECRET: random(), DISCORD_SECRET: random(), LOGIN_SECRET: random() }

t.test(
  'finds the secrets of a project after an equals sign, and not beside a text that only contains them',
  async (t) => {
    const { folder, file } = await project(t)
    const { SESSION_SECRET: secret, KEY_SECRET: other } = env
    await writeFile(path.join(folder, 'scripts.json'), `{ "start": "SESSION_SECRET=${secret} node app.js" }`)
    await writeFile(path.join(folder, 'url.js'), `fetch('https://localhost/?first=1&key=${other}')`)
    await writeFile(path.join(folder, 'longer.js'), `const longer = 'x${secret}'`)
    const { code, stdout, stderr } = await latchkey(['doctor', file, '--json'], { env })
    t.equal(stderr, '')
    t.same(
      (JSON.parse(stdout) as Finding[]).map(({ rule, finding }) => [rule, finding]),
      ['scripts.json:1', 'url.js:1'].map((place) => ['secret-in-source', `A secret of the server is in ${place}`])
    )
    t.equal(code, 1)
  }
)

t.test('without a package.json, looks into the folder of the file only', async (t) => {
  const { folder } = await project(t)
  await rm(path.join(folder, 'package.json'))
  await writeFile(path.join(folder, 'beside.js'), `const secret = '${env.SESSION_SECRET}'`)
  const file = path.join(folder, 'server/app.mjs')
  await mkdir(path.dirname(file))
  await rename(path.join(folder, 'app.mjs'), file)
  const { code, stdout, stderr } = await latchkey(['doctor', file], { env })
  t.same({ code, stdout, stderr }, { code: 0, stdout: 'The doctor found nothing.\n', stderr: '' })
})

t.test('reads more source files than a process may have open', async (t) => {
  const { folder, file } = await project(t)
  for (let at = 0; at < 300; at++) await writeFile(path.join(folder, `${at}.js`), '')
  const { code, stdout, stderr } = await latchkeyProcess(['doctor', file], { env, mostOpenFiles: 128 })
  t.same({ code, stdout, stderr }, { code: 0, stdout: 'The doctor found nothing.\n', stderr: '' })
})

t.test('exits with 2 for a source file that cannot be read', async (t) => {
  const { folder, file } = await project(t)
  // No user can read it as a text: it is too large.
  await writeFile(path.join(folder, 'unreadable.js'), '')
  await truncate(path.join(folder, 'unreadable.js'), 2 ** 32)
  const { code, stdout, stderr } = await latchkey(['doctor', file], { env })
  const message = 'latchkey: unreadable.js: the source file cannot be read, so a secret in it would not be found\n'
  t.same({ code, stdout, stderr }, { code: 2, stdout: '', stderr: message })
})

/** A project in a folder of its own, with the server without a mistake. */
async function project(t: Test): Promise<{ readonly folder: string; readonly file: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-doctor-project-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await writeFile(path.join(folder, 'package.json'), '{}')
  const file = path.join(folder, 'app.mjs')
  await writeFile(file, `export { build } from ${JSON.stringify(pathToFileURL(appFile('healthy.ts')).href)}`)
  return { folder, file }
}
