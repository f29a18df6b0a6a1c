import t from 'tap'
import { visitor } from '../visitor.ts'
import { authorizationUrl, codeFor, exchange, refresh, statusOfItems } from './client.ts'
import { kinds, servers } from './each-store.ts'
import { manage, register, registrationSettings } from './registration.ts'

for (const kind of kinds) {
  t.test(
    `a client that registers itself on ${kind.name} outlives the server, until it is removed (RFC 7591, RFC 7592)`,
    { skip: kind.skip },
    async (t) => {
      const restart = await servers(t, kind, registrationSettings)
      const origin = await restart()
      const registered = await register(origin)
      t.equal(registered.status, 201)
      const { client_id: client } = registered.body

      await restart()
      const browser = visitor()
      const code = await codeFor(browser, origin, client)
      const unused = await codeFor(browser, origin, client)

      await restart()
      const tokens = await exchange(origin, code, { client })
      t.equal(tokens.status, 200)
      t.equal(await statusOfItems(origin, tokens.body.access_token), 200)
      t.equal(await manage(origin, 'GET', registered.body), 200)
      t.equal(await manage(origin, 'DELETE', registered.body), 204)

      await restart()
      t.equal(await manage(origin, 'GET', registered.body), 401)
      t.equal((await exchange(origin, unused, { client })).body.error, 'invalid_client')
      t.equal((await refresh(origin, tokens.body.refresh_token, client)).body.error, 'invalid_client')
      const gone = await browser.get(authorizationUrl(origin, { client_id: client }))
      t.same([gone.status, new URL(gone.url).pathname], [400, '/authorize'])
    }
  )
}
