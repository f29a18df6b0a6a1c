// The program: what requests cost, or what a load does to other requests.
import { runContenders } from './contenders-run.ts'
import { eventLoop, eventLoopTable } from './event-loop/scenario.ts'
import { commandLine } from './options.ts'

const options = commandLine()
if (!options.eventLoop) await runContenders(options)
if (options.smoke) {
  await eventLoop(1, 100)
  console.log('event loop: answers as it must')
} else if (options.eventLoop) console.log(eventLoopTable(await eventLoop(options.rounds, 2000)))
