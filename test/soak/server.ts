// A process with the server of the soak. server-process.ts starts it, and ends it.
import { openStorage } from '../../examples/storage.ts'
import { standingStore, type Stop } from '../faults/standing-store.ts'
import { application } from './application.ts'
import { type Message, type Order, type Question, type Switches, usualSwitches } from './order.ts'
import { reporting } from './reporting.ts'

// `pnpm soak` runs it on tsx, which turns them on. A server in production has none: they make each logged error slow.
process.setSourceMapsEnabled(false)
const order = JSON.parse(process.argv[2] ?? '') as Order // written by server-process.ts
process.once('disconnect', () => process.exit())
const { stream, state } = reporting()
let switches: Switches = usualSwitches
const [inPostgres, sessions, accounts] = await Promise.all(
  [order.tokens, order.sessions, order.accounts].map((place) => openStorage(place))
)
if (!inPostgres || !sessions || !accounts) throw new Error('there are three places')
const tokens = standingStore(standingStore(inPostgres, 'before rotating', stand), 'after rotating', stand)
const app = await application(order, { tokens, sessions, accounts, stream, switches: () => switches })
app.addHook('onClose', async () => {
  await Promise.all([inPostgres.close(), sessions.close(), accounts.close()])
})
await app.listen({ port: order.port, host: 'localhost' })
process.on('message', (question: Question) => {
  if (question.ask === 'set') switches = question.switches
  say({ id: question.id, ...(question.ask === 'state' && { state: state() }) })
})
say({ listens: true })

async function stand(stop: Stop): Promise<void> {
  if (switches.stop !== stop) return
  switches = { ...switches, stop: null }
  say({ stoppedAt: stop })
  await new Promise(() => {})
}

function say(message: Message): void {
  process.send?.(message)
}
