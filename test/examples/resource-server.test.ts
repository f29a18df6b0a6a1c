import t, { type Test } from 'tap'
import { build } from '../../examples/resource-server/app.ts'
import { type AuthorizationServer, openAuthorizationServer } from '../../examples/authorization-server.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { tokenFor } from './client-credentials.ts'

const SCOPES = 'items:read items:write'

/** The example, its issuer and its clients. */
async function start(t: Test): Promise<{ issuer: AuthorizationServer; origin: string }> {
  const origin = await freeOrigin()
  const issuer = await openAuthorizationServer(await freeOrigin(), { [origin]: SCOPES })
  t.teardown(() => issuer.close())
  await listen(t, await build({ audience: origin, issuer: issuer.issuer }), origin)
  return { issuer, origin }
}

async function read(origin: string, token: string): Promise<number> {
  return (await fetch(`${origin}/items`, { headers: { authorization: `Bearer ${token}` } })).status
}

t.test('resource-server accepts tokens of a certified provider for the routes of their scopes', async (t) => {
  const { issuer, origin } = await start(t)
  t.equal((await fetch(`${origin}/items`)).status, 401)
  const reader = await tokenFor(issuer, 'items:read')
  const writer = await tokenFor(issuer, 'items:write')
  t.equal(await read(origin, reader), 200)
  t.equal(await read(origin, writer), 200)
  for (const [token, status] of [
    [reader, 403],
    [writer, 201]
  ] as const) {
    const response = await fetch(`${origin}/items`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'a lantern' })
    })
    t.equal(response.status, status)
  }
})

t.test('resource-server follows the keys of its issuer while it runs (FAULT-5)', async (t) => {
  const { issuer, origin } = await start(t)
  const before = await tokenFor(issuer, 'items:read')
  t.equal(await read(origin, before), 200)
  await issuer.rotateKeys()
  t.equal(await read(origin, before), 200, 'until it fetches the new key')
  t.equal(await read(origin, await tokenFor(issuer, 'items:read')), 200)
  t.equal(await read(origin, before), 401)
})

t.test(
  'resource-server answers 503 for unknown keys while its issuer is down, and uses its known keys (FAULT-3, FAULT-4)',
  async (t) => {
    const origin = await freeOrigin()
    const issuer = await openAuthorizationServer(await freeOrigin(), { [origin]: SCOPES })
    const [known, unknown] = [await freeOrigin(), await freeOrigin()]
    await listen(t, await build({ audience: origin, issuer: issuer.issuer }), known)
    await listen(t, await build({ audience: origin, issuer: issuer.issuer }), unknown)
    const token = await tokenFor(issuer, 'items:read')
    t.equal(await read(known, token), 200)
    await issuer.close()
    t.equal(await read(known, token), 200)
    const response = await fetch(`${unknown}/items`, { headers: { authorization: `Bearer ${token}` } })
    t.equal(response.status, 503)
    t.match(response.headers.get('retry-after'), /^[1-9]\d*$/)
  }
)
