import t from 'tap'
import { visitor } from '../visitor.ts'
import { answerIn, decide, exchange, logIn, statusOfItems } from './client.ts'
import { kinds, servers } from './each-store.ts'
import { openPushed, push, pushedSettings } from './pushed.ts'

for (const kind of kinds) {
  t.test(
    `a request that was pushed to ${kind.name} is used once, although the server restarts between the steps (RFC 9126 §7.3)`,
    { skip: kind.skip },
    async (t) => {
      const restart = await servers(t, kind, pushedSettings)
      const origin = await restart()
      const { status, requestUri } = await push(origin)
      t.equal(status, 201)

      await restart()
      const [browser, other] = [visitor(), visitor()]
      const pages = await Promise.all([openPushed(origin, requestUri, browser), openPushed(origin, requestUri, other)])
      const paths = pages.map(({ status, url }) => `${status} ${new URL(url).pathname}`).toSorted()
      t.same(paths, ['200 /login', '400 /authorize'])
      const [page = pages[1]] = pages.filter(({ url }) => new URL(url).pathname === '/login')
      const winner = page === pages[0] ? browser : other

      await restart()
      t.equal((await openPushed(origin, requestUri)).status, 400)
      const { code = '' } = answerIn(await decide(winner, await logIn(winner, page)))

      await restart()
      const tokens = await exchange(origin, code)
      t.same([tokens.status, tokens.body.scope], [200, 'items:read'])
      t.equal(await statusOfItems(origin, tokens.body.access_token), 200)
    }
  )
}
