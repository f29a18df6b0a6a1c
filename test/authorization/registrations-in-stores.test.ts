import t from 'tap'
import { visitor } from '../visitor.ts'
import { authorizationUrl, codeFor, exchange, refresh, statusOfItems } from './client.ts'
import { kinds, servers } from './each-store.ts'

const settings = { endpoint: { registration: true } }

/** The members of a registration that the test uses. */
interface Registered {
  readonly client_id: string
  readonly registration_access_token: string
}

for (const kind of kinds) {
  t.test(
    `a client that registers itself on ${kind.name} outlives the server, until it is removed (RFC 7591, RFC 7592)`,
    { skip: kind.skip },
    async (t) => {
      const restart = await servers(t, kind, settings)
      const origin = await restart()
      const redirectUri = `${origin}/callback`
      const registered = await fetch(`${origin}/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ client_name: 'Reader', redirect_uris: [redirectUri] })
      })
      t.equal(registered.status, 201)
      const { client_id: client, registration_access_token: token } = (await registered.json()) as Registered // RFC 7591
      const manage = async (method: string): Promise<number> =>
        (await fetch(`${origin}/register/${client}`, { method, headers: { authorization: `Bearer ${token}` } })).status

      await restart()
      const browser = visitor()
      const code = await codeFor(browser, origin, client)
      const unused = await codeFor(browser, origin, client)

      await restart()
      const tokens = await exchange(origin, code, { client })
      t.equal(tokens.status, 200)
      t.equal(await statusOfItems(origin, tokens.body.access_token), 200)
      t.equal(await manage('GET'), 200)
      t.equal(await manage('DELETE'), 204)

      await restart()
      t.equal(await manage('GET'), 401)
      t.equal((await exchange(origin, unused, { client })).body.error, 'invalid_client')
      t.equal((await refresh(origin, tokens.body.refresh_token, client)).body.error, 'invalid_client')
      const gone = await browser.get(authorizationUrl(origin, { client_id: client }))
      t.same([gone.status, new URL(gone.url).pathname], [400, '/authorize'])
    }
  )
}
