import t from 'tap'
import { visitor } from '../visitor.ts'
import { statusOfItems } from './client.ts'
import { begin, confirmDevice, decideDevice, deviceSettings, openDevice, poll, refreshDevice } from './device.ts'
import { kinds, servers } from './each-store.ts'

for (const kind of kinds) {
  t.test(
    `a device on ${kind.name} gets tokens once, although the server restarts between the steps (RFC 8628 §3)`,
    { skip: kind.skip },
    async (t) => {
      const restart = await servers(t, kind, deviceSettings)
      const origin = await restart()
      const begun = await begin(origin)
      t.equal(begun.status, 200)
      const codes = begun.body
      const early = await poll(origin, codes)
      t.same([early.status, early.body.error], [400, 'authorization_pending'])

      await restart()
      const browser = visitor()
      t.equal((await openDevice(browser, origin, codes)).status, 200)
      t.equal((await confirmDevice(browser, origin, codes)).status, 200)

      await restart()
      t.equal((await decideDevice(browser, origin, codes)).status, 200)
      t.equal((await decideDevice(browser, origin, codes, 'deny')).status, 410, 'a decision counts once')

      await restart()
      const answers = await Promise.all(Array.from({ length: 8 }, () => poll(origin, codes)))
      const [tokens, ...others] = answers.filter(({ status }) => status === 200)
      t.same([tokens?.body.scope, others], ['items:read', []])
      const refused = answers.filter(({ status }) => status === 400).map(({ body }) => body.error)
      t.same(
        refused,
        Array.from({ length: 7 }, () => 'slow_down')
      )

      await restart()
      t.equal(await statusOfItems(origin, tokens?.body.access_token), 200)
      t.equal((await refreshDevice(origin, tokens?.body.refresh_token)).status, 200)
    }
  )
}
