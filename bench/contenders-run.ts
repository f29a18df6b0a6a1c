// CPU per request of each contender, as a ratio to a bare Fastify route that is sent the very same requests.
import { writeFile } from 'node:fs/promises'
import { compare } from './comparison.ts'
import type { Contender } from './contender.ts'
import { contenders, growth } from './contenders/index.ts'
import { bareRoutes, type Entrant, entrant } from './entrant.ts'
import { memoryTable, memoryUnderTokens } from './memory.ts'
import type { Options } from './options.ts'
import { CLIENT, pin } from './pinning.ts'
import { json, markdown } from './report.ts'
import { type ServerProcess, serverProcess } from './server-process.ts'
import { tokenIssuer } from './tokens.ts'

/** Proves each contender that was chosen, and measures it unless this is a smoke test. */
export async function runContenders(options: Options): Promise<void> {
  const offered = options.growth ? growth : contenders
  const chosen = offered.filter(options.chosen)
  if (chosen.length === 0) throw new TypeError(`the contenders are\n${offered.map(({ name }) => name).join('\n')}`)

  const isPinned = pin(process.pid, CLIENT)
  const issuer = await tokenIssuer()
  const routes = await bareRoutes(issuer)
  const running: ServerProcess[] = [...routes.values()].map(({ server }) => server)
  try {
    await (options.smoke ? proveAll(chosen) : measureAll(chosen))
    if (options.growth && !options.smoke) await measureMemory(chosen[0] as Contender) // there is one
  } finally {
    for (const server of running) server.stop()
  }

  async function proveAll(all: readonly Contender[]): Promise<void> {
    for (const { contender } of await together(all)) console.log(`${contender.name}: answers as it must`)
  }

  async function measureAll(all: readonly Contender[]): Promise<void> {
    const entrants: Entrant[] = []
    for (const contender of all) entrants.push(...(await together([contender])))
    const measured = await compare(entrants, options.rounds, tell)
    const circumstances = { rounds: options.rounds, isPinned }
    console.log(markdown(measured, circumstances))
    if (options.json !== undefined) await writeFile(options.json, json(measured, circumstances))
  }

  async function measureMemory(contender: Contender): Promise<void> {
    console.log(`\n${memoryTable(await memoryUnderTokens(contender, issuer, tell))}`)
  }

  /** Contenders in one process, each of them proved. */
  async function together(all: readonly Contender[]): Promise<Entrant[]> {
    const server = await serverProcess({ names: all.map(({ name }) => name), keys: issuer.keys })
    running.push(server)
    return Promise.all(all.map((contender, at) => entrant(contender, { server, at }, routes, issuer)))
  }
}

/** Beside the report. */
function tell(line: string): void {
  console.error(line)
}
