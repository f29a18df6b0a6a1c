// Asks for the cheap route at fixed times, whether the answers before have come or not: a server that stands still for a
// moment makes all requests of that moment wait, and all of them count.
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { setInterval } from 'node:timers/promises'

const INTERVAL = 5

/** Gives how long each answer took, in milliseconds. */
export async function probe(url: string, duration: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true })
  const end = performance.now() + duration
  const pending: Promise<number>[] = []
  for await (const _ of setInterval(INTERVAL)) {
    if (performance.now() >= end) break
    pending.push(latency(`${url}/cheap`, agent))
  }
  const latencies = await Promise.all(pending)
  agent.destroy()
  return latencies
}

/** @throws Error for another answer than the right one */
async function latency(url: string, agent: Agent): Promise<number> {
  const before = performance.now()
  const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += String(chunk)
  const took = performance.now() - before
  if (response.statusCode !== 200 || body !== 'hello')
    throw new Error(`${url} answered ${response.statusCode}: ${body}`)
  return took
}
