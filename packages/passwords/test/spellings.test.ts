import { argon2Passwords, hashPassword, type PasswordUser } from '@latchkey/passwords'
import * as argon2 from '@node-rs/argon2'
import t from 'tap'
import { like } from '@latchkey/exact'
import { passwordContext } from './fixtures/password-context.ts'

const COMPOSED = 'caf\u00E9 au lait'
const DECOMPOSED = 'cafe\u0301 au lait'
const FAST = { memoryCost: 7_168, timeCost: 5 }

t.test('hashPassword hashes the NFC form (K25, SEC-18)', async (t) => {
  const passwordHash = await hashPassword(DECOMPOSED, FAST)
  t.equal(await argon2.verify(passwordHash, COMPOSED), true)
  t.equal(await argon2.verify(passwordHash, DECOMPOSED), false)
})

for (const [name, hashed, renewed] of [
  ['in NFC', COMPOSED, false],
  ['as it was received', DECOMPOSED, true]
] as const) {
  t.test(`verifies a decomposed password against a hash of the text ${name} (K25, SEC-18)`, async (t) => {
    const passwordHash = await argon2.hash(hashed, { ...FAST, parallelism: 1 })
    const user: PasswordUser = { subject: 'u1', passwordHash, scopes: [] }
    const stored: string[] = []
    const storeHash = async (_user: PasswordUser, hash: string) => stored.push(hash)
    const verifyPassword = argon2Passwords({ ...FAST, findUser: () => user, storeHash })
    const { context } = passwordContext()
    like(t, await verifyPassword({ username: 'ada', password: DECOMPOSED }, context), { subject: 'u1' })
    t.equal(stored.length, renewed ? 1 : 0)
    for (const hash of stored) t.equal(await argon2.verify(hash, COMPOSED), true, 'the new hash is of the NFC form')
    t.equal(await verifyPassword({ username: 'ada', password: `${DECOMPOSED} ` }, context), null)
  })
}

t.test('verifies a text that is not NFC twice, whatever the user (SEC-17, SEC-18)', async (t) => {
  let verified = 0
  const { argon2Passwords } = await t.mockImport<typeof import('@latchkey/passwords')>('../src/index.ts', {
    '@node-rs/argon2': t.createMock(argon2, {
      verify: async (passwordHash: string, password: string) => {
        verified++
        return argon2.verify(passwordHash, password)
      }
    })
  })
  const passwordHash = await hashPassword(COMPOSED, FAST)
  const users = new Map<string, PasswordUser>([
    ['ada', { subject: 'u1', passwordHash, scopes: [] }],
    ['bob', { subject: 'u2', passwordHash, scopes: [], disabled: true }],
    ['eve', { subject: 'u3', passwordHash: null, scopes: [] }]
  ])
  const verifyPassword = argon2Passwords({ ...FAST, findUser: (username) => users.get(username) })
  for (const username of ['ada', 'bob', 'eve', 'nobody']) {
    for (const [password, times] of [
      [DECOMPOSED, 2],
      [COMPOSED, 1],
      ['gue\u0301ss', 2],
      ['guess', 1]
    ] as const) {
      verified = 0
      await verifyPassword({ username, password }, passwordContext().context)
      t.equal(verified, times, `${username}, ${password}`)
    }
  }
})
