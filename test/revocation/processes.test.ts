import type { Store } from '@latchkey/store'
import t, { type Test } from 'tap'
import { openStorage } from '../../examples/storage.ts'
import { mariadb, postgres, redis } from '../databases.ts'
import { type Server, server } from './server.ts'

// Of a machine that does a dozen other things. One that does not takes half a second, rarely more.
const DEADLINE = 10_000

for (const database of [redis, postgres, mariadb]) {
  t.test(
    `a server on ${database.name} refuses tokens that another server revoked`,
    { skip: database.skip },
    async (t) => {
      const place = (await database.open(t)).placeAt()
      const connect = async (): Promise<Store> => {
        const store = await openStorage(place)
        t.teardown(async () => store.close())
        return store
      }
      const here = await server(t, await connect())
      const there = await server(t, await connect())
      const [one, two, three] = [await here.login(), await there.login(), await here.login()]

      await t.test('refuses a revoked access token', async (t) => {
        await here.revoke(one.access)
        await refusedInTime(t, there, one.access)
        t.equal(await there.call(two.access), 200, 'other tokens are accepted')
      })

      await t.test('refuses all tokens of a revoked sign-in (SEC-91)', async (t) => {
        await here.revoke(two.refresh)
        await refusedInTime(t, there, two.access)
        t.equal(await there.refresh(two.refresh), 400)
      })

      await t.test('refuses all tokens of a revoked user, and signs the user in again (SEC-86)', async (t) => {
        await here.app.tokenEndpoint.revokeAll('alice')
        await refusedInTime(t, there, three.access)
        t.equal(await there.refresh(three.refresh), 400)
        const again = await there.login()
        t.same([again.status, await there.call(again.access), await here.call(again.access)], [200, 200, 200])
      })

      await t.test('a server that starts later knows all revocations', async (t) => {
        const later = await server(t, await connect())
        for (const { access } of [one, two, three]) t.equal(await later.call(access), 401)
      })
    }
  )
}

async function refusedInTime(t: Test, { call, isActive }: Server, token: string): Promise<void> {
  const start = performance.now()
  while ((await call(token)) !== 401 && performance.now() < start + DEADLINE) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  t.equal(await call(token), 401)
  t.comment(`refused after ${Math.ceil(performance.now() - start)} ms`)
  t.equal(await isActive(token), false)
}
