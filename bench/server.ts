// Contenders in a process of their own, which tells its parent where they listen and what it has used whenever it is asked.
import { once } from 'node:events'
import { everyContender } from './contenders/index.ts'
import { endWithParent } from './parent.ts'
import type { Order, Started, Usage } from './server-process.ts'

const [{ names, keys }] = (await once(process, 'message')) as [Order]
const servers: Started['servers'] = []
for (const name of names) {
  const contender = everyContender.find((each) => each.name === name)
  if (!contender) throw new Error(`there is no contender ${name}`)
  const { url, cookie } = await contender.start(keys)
  servers.push({ url, ...(cookie !== undefined && { cookie }) })
}
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  globalThis.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  process.send?.({ microseconds: user + system, rss, heapUsed } satisfies Usage)
})
endWithParent()
process.send?.({ servers } satisfies Started)
