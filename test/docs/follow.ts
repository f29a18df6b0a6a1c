import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Test } from 'tap'
import { freeOrigin } from '../loopback.ts'
import { BESIDE_TSX, programEnvironment } from '../programs.ts'
import { type Block, blocksOf, fileOf } from './page.ts'

/** A reader that follows a page literally, in a folder of its own. */
export interface Reader {
  /** Writes the files of a section and runs its commands, as they stand. Fails unless they answer as the page shows. */
  section(heading: string): Promise<void>
  /** Does that with all sections that are left. */
  rest(): Promise<void>
  /** The text as it is here: with other ports than those of the page. */
  here(text: string): string
  readonly folder: string
}

/** What differs between the page and the test. */
export interface Setting {
  /** Variables of the environment. */
  readonly settings?: NodeJS.ProcessEnv
  /** Texts of the page, and those that stand for them here. */
  readonly replacements?: ReadonlyMap<string, string>
}

/** The ports of the programs of a page. Each has another number in a test. */
const PORTS = ['3000', '3001', '4000', '4001', '8080', '8081']

/**
 * Follows a page of docs. A block that begins with `// app.ts` or `# app.conf` is that file. A block of `sh` is run by one shell,
 * with `npm` and `npx` for this repository. `sh server` keeps running: it has started when it prints its address, and it ends when
 * the same program, or another one with the same word after `server`, starts. `sh fails` is a command that ends with an error. A block below it is its output: `text` and
 * `json` are the whole output, and each line of `http` and of an error is a line of it.
 */
export async function reader(t: Test, page: string, { settings, replacements }: Setting = {}): Promise<Reader> {
  const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-docs-'))
  const origins = await Promise.all(PORTS.map(() => freeOrigin()))
  const here = (text: string): string => {
    // At once: a port of the test may contain one of the page, as 44000 does.
    const withPorts = text.replaceAll(new RegExp(PORTS.join('|'), 'g'), (port) => {
      return new URL(origins[PORTS.indexOf(port)] ?? '').port
    })
    return [...(replacements ?? [])].reduce((so, [shown, found]) => so.replaceAll(shown, found), withPorts)
  }
  const blocks = blocksOf(page)
  const shell = openShell(
    t,
    folder,
    programEnvironment({ NODE_ENV: undefined, NODE_TEST_CONTEXT: undefined, ...settings })
  )
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  let next = 0

  return {
    folder,
    here,
    async section(heading) {
      next = blocks.findIndex((block) => block.section === heading)
      if (next === -1) throw new Error(`${page} has no section "${heading}" with code`)
      while (blocks[next]?.section === heading) await follow()
    },
    async rest() {
      while (next < blocks.length) await follow()
    }
  }

  async function follow(): Promise<void> {
    const block = blocks[next] as Block
    next += 1
    const file = fileOf(block)
    if (file !== undefined) return write(path.join(shell.folder(), file), here(block.code))
    if (block.language !== 'sh') return
    if (block.words[0] === 'server') {
      const program = block.words[1] ?? block.code.trim().split(' ').at(-1) ?? ''
      return shell.start(program, here(block.code))
    }
    const { output, errors, failed } = await shell.run(here(block.code))
    const fails = block.words.includes('fails')
    t.equal(failed, fails, `${page}: ${block.code}\n${output}${errors}`)
    const expected = blocks[next]
    if (!expected || fileOf(expected) || !['text', 'json', 'http'].includes(expected.language)) return
    next += 1
    compare(block, here(expected.code), expected.language === 'http' || fails, fails ? errors : output)
  }

  function compare(block: Block, expected: string, byLine: boolean, output: string): void {
    const printed = output.replaceAll('\r', '').trim()
    if (!byLine) return void t.equal(printed, expected.trim(), block.code)
    const lines = new Set(printed.split('\n').map((line) => line.trim()))
    t.same(
      expected.split('\n').filter((line) => line.trim() !== '' && !lines.has(line.trim())),
      [],
      `${block.code}\n${printed}`
    )
  }
}

async function write(file: string, content: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, content)
}

interface Outcome {
  readonly output: string
  readonly errors: string
  readonly failed: boolean
}

interface Shell {
  run(commands: string): Promise<Outcome>
  /** Starts a program in place of the one of the same name. */
  start(program: string, command: string): Promise<void>
  folder(): string
}

const END = '--end-of-the-block--'

function openShell(t: Test, start: string, env: NodeJS.ProcessEnv): Shell {
  const npm = path.join(import.meta.dirname, 'npm.js')
  const tools = ['npm', 'npx'].map((tool) => `${tool}() { node '${npm}' ${tool} "$@"; }`)
  // Replaces what tap adds for its own processes.
  const prelude = [`export NODE_OPTIONS=${BESIDE_TSX}`, ...tools]
  const bash = spawn('bash', ['--noprofile', '--norc'], { cwd: start, env, stdio: 'pipe' })
  bash.stdin.write(`${prelude.join('\n')}\ntrap 'failed=true' ERR\nset -o pipefail\n`)
  const running = new Map<string, () => Promise<void>>()
  let folder = start
  t.teardown(async () => {
    bash.kill()
    await Promise.all([...running.values()].map((stop) => stop()))
  })

  return {
    folder: () => folder,
    async run(commands) {
      let [output, errors] = ['', '']
      const ended = new Promise<void>((resolve) => {
        const end = (): void => {
          if (output.includes(END) && output.endsWith('\n') && errors.endsWith(END)) resolve()
        }
        bash.stdout.removeAllListeners('data').on('data', (chunk: Buffer) => {
          output += chunk.toString()
          end()
        })
        bash.stderr.removeAllListeners('data').on('data', (chunk: Buffer) => {
          errors += chunk.toString()
          end()
        })
      })
      bash.stdin.write(
        `failed=false\n${commands}\nprintf -- '\\n${END} %s %s\\n' "$failed" "$PWD"\nprintf -- '${END}' >&2\n`
      )
      await ended
      const [, before = '', failed, place = folder] =
        new RegExp(`^(.*)\\n${END} (\\w+) (.*)\\n$`, 's').exec(output) ?? []
      folder = place
      return { output: before, errors: errors.replace(END, ''), failed: failed === 'true' }
    },
    async start(program, command) {
      await running.get(program)?.()
      const child = spawn('bash', ['--noprofile', '--norc', '-c', `${prelude.join('\n')}\n${command}`], {
        cwd: folder,
        env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe']
      })
      const ended = once(child, 'close')
      let printed = ''
      const address = new Promise<void>((resolve) => {
        const read = (chunk: Buffer): void => {
          printed += chunk.toString()
          if (printed.includes('http://')) resolve()
        }
        child.stdout.on('data', read)
        child.stderr.on('data', read)
      })
      running.set(program, async () => {
        // The group: bash and the programs below it.
        if (child.exitCode === null && child.signalCode === null) process.kill(-Number(child.pid), 'SIGTERM')
        await ended
      })
      const early = ended.then(() => Promise.reject(new Error(`${command} ended: ${printed}`)))
      await Promise.race([address, early])
      early.catch(() => null)
    }
  }
}
