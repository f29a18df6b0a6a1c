import { randomBytes } from 'node:crypto'
import { devProvider } from '@latchkey/dev-provider'
import { discord } from '@latchkey/login'
import { memoryStore } from '@latchkey/store/memory'
import type { Test } from 'tap'
import { build } from '../../examples/single-page-app/app.ts'
import { freeOrigin, listen } from '../loopback.ts'

/** The API of the single-page app, whose users log in at Discord's stand-in. Nothing listens at `pageOrigin` yet. */
export async function singlePageApi(t: Test): Promise<{ readonly origin: string; readonly pageOrigin: string }> {
  const provider = await devProvider({ profile: 'discord' })
  t.teardown(provider.close)
  const [origin, pageOrigin] = [await freeOrigin(), await freeOrigin()]
  const api = await build({
    origin,
    pageOrigin,
    provider: discord({
      clientId: provider.clientId,
      clientSecret: provider.clientSecret,
      baseUrl: provider.origin
    }),
    sessionSecret: randomBytes(32).toString('base64url'),
    keySecret: randomBytes(32).toString('base64url'),
    store: memoryStore()
  })
  await listen(t, api, origin)
  return { origin, pageOrigin }
}
