import t from 'tap'
import type { DevProvider } from '@latchkey/dev-provider'
import { provider } from './fixtures/relying-party.ts'

/** The key ids of the key set. */
async function keysOf({ endpoints }: DevProvider): Promise<readonly string[]> {
  const { keys } = (await (await fetch(endpoints.jwks)).json()) as { keys: { kid: string }[] }
  return keys.map(({ kid }) => kid)
}

t.test('a provider takes a key of a closed one, and never one of a running one', async (t) => {
  const closed = await provider(t)
  const [first] = await keysOf(closed)
  await closed.close()
  await closed.close()
  const running = [await provider(t), await provider(t), await provider(t)]
  const keys = (await Promise.all(running.map(keysOf))).flat()
  t.equal(keys.length, 3)
  t.equal(new Set(keys).size, 3)
  t.ok(keys.includes(first ?? ''))
})

t.test('a rotated key does not come back', async (t) => {
  const oidc = await provider(t)
  const keys = [await keysOf(oidc)]
  for (let rotation = 1; rotation <= 3; rotation += 1) {
    await oidc.rotateKeys()
    keys.push(await keysOf(oidc))
  }
  t.equal(keys.flat().length, 4)
  t.equal(new Set(keys.flat()).size, 4)
})
