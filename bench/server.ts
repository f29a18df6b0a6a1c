// One contender in a process of its own. It tells its parent where it listens, and its CPU time whenever it is asked.
import { contenders } from './contenders.ts'

const make = contenders[process.argv[2] ?? '']
if (!make) throw new Error(`the contenders are ${Object.keys(contenders).join(', ')}`)
const { app, token, status } = await make()
const url = await app.listen({ port: 0, host: '127.0.0.1' })
process.send?.({ url, token, status })
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ microseconds: user + system })
})
process.once('disconnect', () => void app.close())
