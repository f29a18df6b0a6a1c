import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { programEnvironment } from '../programs.ts'
import type { Message, Order, State, Switches } from './order.ts'

/** A process with a server. */
export interface ServerProcess {
  /** Resolves when the process ends, with its exit code or signal. */
  readonly ended: Promise<number | string>
  state(): Promise<State>
  set(switches: Switches): Promise<void>
  /** Resolves when a request waits at the stop of the switches. */
  stopped(): Promise<void>
  /** Ends it by a signal. Resolves like `ended`. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | string>
}

const program = path.join(import.meta.dirname, 'server.ts')
const execArgv = [...process.execArgv, '--expose-gc']

/** Starts a process and waits until its server listens. */
export async function startServer(order: Order): Promise<ServerProcess> {
  const child = fork(program, [JSON.stringify(order)], { execArgv, env: programEnvironment() })
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string) // as Node gives them
  const tooEarly = ended.then((end) => Promise.reject(new Error(`the server ended with ${end} before it listened`)))
  await Promise.race([message(child, (each) => 'listens' in each), tooEarly])
  // Only an end before it listens is an error here.
  tooEarly.catch(() => {})
  let asked = 0
  return {
    ended,
    async state() {
      const answer = await ask({ ask: 'state' })
      if (!('state' in answer)) throw new Error('an answer without a state')
      return answer.state
    },
    async set(switches) {
      await ask({ ask: 'set', switches })
    },
    async stopped() {
      await message(child, (each) => 'stoppedAt' in each)
    },
    async end(signal) {
      child.kill(signal)
      return ended
    }
  }

  async function ask(question: object): Promise<Message> {
    const id = ++asked
    const answer = message(child, (each) => 'id' in each && each.id === id)
    child.send({ id, ...question }, () => {})
    const gone = ended.then((end) => Promise.reject(new Error(`the server ended with ${end}`)))
    gone.catch(() => {})
    return Promise.race([answer, gone])
  }
}

function message(child: ChildProcess, matches: (message: Message) => boolean): Promise<Message> {
  return new Promise((resolve) => {
    const listen = (each: Message): void => {
      if (!matches(each)) return
      child.off('message', listen)
      child.off('exit', stop)
      resolve(each)
    }
    const stop = (): void => void child.off('message', listen)
    child.on('message', listen).once('exit', stop)
  })
}
