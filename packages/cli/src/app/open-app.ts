import { type ChildProcess, spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { CommandError } from '../command-error.ts'
import { INSPECTOR } from '../inspector-url.ts'
import {
  type Answer,
  type InjectedRequest,
  type InjectedResponse,
  isAnswer,
  type LoadFailure,
  type Order,
  type ServerReport,
  TASK_VARIABLE,
  type Task
} from './protocol.ts'

/** How an app file is loaded. */
export interface LoadOptions {
  /** Runs the file as the main program, until it calls `listen()`. */
  readonly run?: boolean
  /** Sets `NODE_ENV` to `production`. */
  readonly production?: boolean
  /** A file with environment variables. */
  readonly envFile?: string
}

/** The server of an app file, in a process of its own. It does not listen. */
export interface OpenedApp {
  readonly report: ServerReport
  inject(request: InjectedRequest): Promise<InjectedResponse>
  rotateKeys(): Promise<void>
  close(): Promise<void>
}

/** The server of an app file cannot be made, or does not become ready. */
export class AppFailure extends CommandError {
  readonly failure: LoadFailure

  constructor(file: string, failure: LoadFailure) {
    super(`${file}: ${failure.message}`)
    this.failure = failure
  }
}

/** How long the process of an app file may take, in milliseconds. */
const LONGEST = 60_000

/**
 * Loads an app file in a process of its own, and makes its server ready. The application's output goes to the standard error.
 *
 * @throws AppFailure with the application's error; CommandError when the file is missing, or its process ends or hangs
 */
export async function openApp(file: string, options: LoadOptions): Promise<OpenedApp> {
  const absolute = path.resolve(file)
  if (!existsSync(absolute)) throw new CommandError(`${file}: there is no such file`)
  const child = start(absolute, options)
  const exited = once(child, 'exit')
  const answers = answersOf(child, file)
  const { report } = await answers.next('ready').catch(async (error: unknown) => {
    await end(child, exited)
    throw error
  })
  return {
    report,
    inject: async (request) => (await ask({ order: 'inject', request }, 'injected')).response,
    async rotateKeys() {
      await ask({ order: 'rotate' }, 'rotated')
    },
    close: () => end(child, exited)
  }

  async function ask<Kind extends Answer['latchkey']>(order: Order, kind: Kind): Promise<AnswerOf<Kind>> {
    // A process that has ended answers nothing, and next() says so.
    child.send(order, () => {})
    return answers.next(kind)
  }
}

type AnswerOf<Kind extends Answer['latchkey']> = Extract<Answer, { latchkey: Kind }>

function start(file: string, { run = false, production = false, envFile }: LoadOptions): ChildProcess {
  const inspector = fileURLToPath(INSPECTOR)
  const args = [
    ...(envFile === undefined ? [] : [`--env-file=${path.resolve(envFile)}`]),
    // For JavaScript too: it may import TypeScript.
    `--import=${import.meta.resolve('tsx')}`,
    ...(run ? [`--import=${INSPECTOR.href}`, file] : [inspector])
  ]
  return spawn(process.execPath, args, {
    env: {
      ...process.env,
      ...(production && { NODE_ENV: 'production' }),
      [TASK_VARIABLE]: JSON.stringify({ file, run } satisfies Task)
    },
    // The output of the command is not mixed with that of the application.
    stdio: ['ignore', 2, 2, 'ipc'],
    timeout: LONGEST,
    killSignal: 'SIGKILL'
  })
}

/** Waits for the answers of the process, one at a time. */
function answersOf(child: ChildProcess, file: string) {
  // The end of the process may come before its last message, and the end of the channel does not.
  const messages = on(child, 'message', { close: ['disconnect'] })
  return {
    async next<Kind extends Answer['latchkey']>(kind: Kind): Promise<AnswerOf<Kind>> {
      const answer = await nextAnswer(messages)
      if (answer?.latchkey === 'failed') throw new AppFailure(file, answer.failure)
      if (answer?.latchkey === kind) return answer as AnswerOf<Kind> // the check above
      throw new CommandError(`${file}: the program ended before its server was ready. Its output is above`)
    }
  }
}

/** The next answer; `null` at the end of the channel. Skips messages of the application. */
async function nextAnswer(messages: AsyncIterator<unknown>): Promise<Answer | null> {
  const { value, done } = (await messages.next()) as IteratorResult<readonly unknown[], undefined>
  if (done) return null
  return isAnswer(value[0]) ? value[0] : nextAnswer(messages)
}

async function end(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  // With a callback, a closed channel is no error.
  child.send({ order: 'close' } satisfies Order, () => {})
  await exited
}
