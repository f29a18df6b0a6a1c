import { randomBytes } from 'node:crypto'
import { memoryStore } from '@latchkey/store/memory'
import type { Test } from 'tap'
import { build } from '../../examples/mcp-server/app.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { standIn } from '../stand-in.ts'
import type { Seen, Visitor } from '../visitor.ts'

/** Starts the example with a stand-in for Discord. Returns its origin. */
export async function startMcpServer(t: Test): Promise<string> {
  const { provider } = await standIn(t, 'discord')
  const origin = await freeOrigin()
  const [sessionSecret, keySecret] = [1, 2].map(() => randomBytes(32).toString('base64url')) as [string, string]
  await listen(t, await build({ origin, provider, store: memoryStore(), sessionSecret, keySecret }), origin)
  return origin
}

/** Opens the link of an MCP client, logs in as ada if needed, and allows the client. Returns the page of the client. */
export async function allow(link: string, browser: Visitor): Promise<Seen> {
  let page = await browser.get(link)
  if (page.url.includes('/oauth2/authorize') || page.text.includes('name="person"'))
    page = await browser.pick(page, 'ada')
  const id = /name="id" value="([\w-]+)"/.exec(page.text)?.[1] ?? ''
  return browser.post(new URL('/authorize/continue', page.url).href, { id, decision: 'allow' })
}
