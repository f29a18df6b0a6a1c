// Clients that refresh their tokens as fast as they can, in a process of their own. They stop and start when they are told.
import { once } from 'node:events'
import { CLIENT_ID, GRANT_TYPE } from './names.ts'

/** What the parent sends first. */
export interface Order {
  readonly url: string
  readonly clients: number
}

/** The answer to each message: how many refreshes there were since the last one, and in how many seconds. */
export interface Refreshed {
  readonly refreshes: number
  readonly seconds: number
}

const [{ url, clients }] = (await once(process, 'message')) as [Order]
// Each has a refresh token of its own. It is replaced at every use.
const tokens = await Promise.all(Array.from({ length: clients }, () => tokensBy({ grant_type: GRANT_TYPE })))
let isRefreshing = false
let underWay: Promise<unknown> = Promise.resolve()
let refreshes = 0
let since = performance.now()

process.on('message', (command: 'start' | 'stop') => {
  void obey(command)
})
process.once('disconnect', () => process.exit())
process.send?.({ refreshes: 0, seconds: 0 } satisfies Refreshed)

async function obey(command: 'start' | 'stop'): Promise<void> {
  isRefreshing = command === 'start'
  if (isRefreshing) underWay = Promise.all(tokens.map((_, client) => refresh(client)))
  else await underWay
  const seconds = (performance.now() - since) / 1000
  process.send?.({ refreshes, seconds } satisfies Refreshed)
  refreshes = 0
  since = performance.now()
}

async function refresh(client: number): Promise<void> {
  while (isRefreshing) {
    tokens[client] = await tokensBy({ grant_type: 'refresh_token', refresh_token: tokens[client] ?? '' })
    refreshes += 1
  }
}

/** The refresh token in the answer to a token request. */
async function tokensBy(parameters: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(`${url}/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: CLIENT_ID, ...parameters })
  })
  const answer = (await response.json()) as { refresh_token?: unknown } // of the token endpoint
  if (typeof answer.refresh_token !== 'string') throw new Error(`a refresh failed: ${JSON.stringify(answer)}`)
  return answer.refresh_token
}
