import { once } from 'node:events'
import { createServer } from 'node:net'

const FIRST = 20_000
const COUNT = 10_000

/** A port that stays free while its server restarts: the system gives no connection a port below 32768 by itself. */
export async function steadyPort(): Promise<number> {
  const port = FIRST + Math.floor(Math.random() * COUNT)
  const server = createServer()
  const isFree = once(server.listen(port, 'localhost'), 'listening').then(
    () => true,
    () => false
  )
  if (!(await isFree)) return steadyPort()
  server.close()
  await once(server, 'close')
  return port
}
