import { randomBytes } from 'node:crypto'
import { memoryStore } from '@latchkey/store/memory'
import type { Test } from 'tap'
import { build } from '../../examples/command-line/app.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { standIn } from '../stand-in.ts'

/** Starts the server of the example with a stand-in for Discord. Returns its origin. */
export async function startCommandLine(t: Test): Promise<string> {
  const { provider } = await standIn(t, 'discord')
  const origin = await freeOrigin()
  const sessionSecret = randomBytes(32).toString('base64url')
  await listen(t, await build({ origin, sessionSecret, provider, store: memoryStore(), interval: 1 }), origin)
  return origin
}
