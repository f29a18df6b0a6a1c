// Runs in a process of its own: on Node 20, a mocked import makes each later `import.meta.resolve()` of its process hang.
import fs from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { secretOf } from '../../examples/secret.ts'

t.test('a process that starts while another one writes the secret gets the whole secret', async (t) => {
  const environment = { DATABASE_FILE: path.join(t.testdir(), 'store.sqlite') }
  let second = ''
  const first = await t.mockImport<typeof import('../../examples/secret.ts')>('../../examples/secret.ts', {
    'node:fs/promises': {
      ...fs,
      async writeFile(file: string, text: string, { flag, mode }: { flag: string; mode: number }) {
        const handle = await fs.open(file, flag, mode)
        second = await secretOf<'KEY_SECRET'>(environment, 'KEY_SECRET')
        await handle.writeFile(text)
        await handle.close()
      }
    }
  })
  const secret = await first.secretOf<'KEY_SECRET'>(environment, 'KEY_SECRET')
  t.match(second, /^[\w-]{43}$/)
  t.equal(secret, second)
  t.same(await fs.readdir(t.testdirName), ['key-secret'])
})
