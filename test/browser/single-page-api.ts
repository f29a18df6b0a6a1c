import { randomBytes } from 'node:crypto'
import { memoryStore } from '@latchkey/store/memory'
import type { Test } from 'tap'
import { build } from '../../examples/single-page-app/app.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { standIn } from '../stand-in.ts'

/** The API of the single-page app, whose users log in at Discord's stand-in. Nothing listens at `pageOrigin` yet. */
export async function singlePageApi(t: Test): Promise<{ readonly origin: string; readonly pageOrigin: string }> {
  const { provider } = await standIn(t, 'discord')
  const [origin, pageOrigin] = [await freeOrigin(), await freeOrigin()]
  const api = await build({
    origin,
    pageOrigin,
    provider,
    sessionSecret: randomBytes(32).toString('base64url'),
    keySecret: randomBytes(32).toString('base64url'),
    store: memoryStore()
  })
  await listen(t, api, origin)
  return { origin, pageOrigin }
}
