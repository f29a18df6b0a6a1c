import t from 'tap'
import type { RefreshToken, RefreshTokenStore } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { testRefreshTokenStore } from '@latchkey/store/testing'

// Returns the titles of the failed tests.
async function broken(breakStore: (store: RefreshTokenStore) => Partial<RefreshTokenStore>): Promise<string[]> {
  const failed: string[] = []
  const runs: Promise<void>[] = []
  testRefreshTokenStore(
    (title, body) => runs.push(body().catch(() => void failed.push(title))),
    () => {
      const store = memoryStore().refreshTokens
      return { ...store, ...breakStore(store) }
    }
  )
  await Promise.all(runs)
  return failed
}

t.test('a correct store passes the suite', async (t) => {
  t.same(await broken(() => ({})), [])
})

t.test('a rotation that reads first and writes later fails the suite (SEC-80)', async (t) => {
  const failed = await broken((store) => {
    const used = new Set<string>()
    return {
      async rotate({ hash, successor }) {
        if ((await store.find(hash)) === null || used.has(hash)) return false
        await Promise.resolve()
        used.add(hash)
        await store.start(successor)
        return true
      }
    }
  })
  t.ok(failed.includes('lets one of fifty concurrent rotations win, and keeps only its successor'))
  t.ok(failed.includes('leaves no successor when a rotation and the revocation of its family meet'))
})

for (const [name, breakStore] of Object.entries<(store: RefreshTokenStore) => Partial<RefreshTokenStore>>({
  'a revocation without an effect': () => ({ revokeFamily: async () => {}, revokeSubject: async () => {} }),
  'a store that finds no token': () => ({ find: async () => null }),
  'a store that ignores the case of a subject': (store) => ({
    start: async (token: RefreshToken) => store.start({ ...token, subject: token.subject.toLowerCase() })
  })
})) {
  t.test(`${name} fails the suite`, async (t) => {
    t.not((await broken(breakStore)).length, 0)
  })
}
