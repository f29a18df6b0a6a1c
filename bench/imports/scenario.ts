// What it takes to import a package after Fastify: CPU of the process, each time in a fresh one. The files are in the page
// cache after the first round, which is not counted.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { packages } from '../packages.ts'
import { median, range, spread } from '../ratios.ts'
import { type Context, isInterrupted, roundsOf, type Scenario, type Section } from '../scenario.ts'

const ROUNDS = { full: 9, quick: 3, smoke: 1 }
/** The entry points, roughly, and those of other packages. */
const ESTIMATED = 25
/** Of one import, in seconds. */
const EACH = 0.8
/** The test suites of `store` need a test runner. */
const NOT_FOR_PRODUCTION = '/testing'
const OTHERS = ['@fastify/jwt', 'express-oauth2-jwt-bearer', 'jose', 'better-auth']

const PROGRAM = `
const cpu = () => { const { user, system } = process.cpuUsage(); return user + system }
const start = cpu()
await import('fastify')
const before = cpu()
await import(process.argv[1])
process.stdout.write(JSON.stringify([before - start, cpu() - before]))`

export const imports: Scenario = {
  name: 'import',
  title: 'Import',
  seconds: (context) => ESTIMATED * (1 + roundsOf(context, ROUNDS)) * EACH,
  run
}

interface Module {
  readonly name: string
  /** From where its name is resolved. */
  readonly folder: string
  /** For a package of this repository: what is imported. */
  readonly file?: string
}

interface Result extends Module {
  /** CPU of every round in milliseconds. */
  readonly milliseconds: readonly number[]
}

async function run(context: Context): Promise<Section> {
  const offered = await modules()
  const all = offered.filter(isBuilt)
  const skipped = offered.filter((module) => !isBuilt(module)).map(({ name }) => `Not measured: ${name} (not built).`)
  const chosen = context.size === 'smoke' ? all.slice(0, 2) : all
  const results = chosen.map((module) => ({ ...module, milliseconds: [] as number[] }))
  const fastify: number[] = []
  const rounds = roundsOf(context, ROUNDS)
  for (let round = 0; round <= rounds && !isInterrupted(context); round++) {
    const costs: (readonly [number, number])[] = []
    for (const [at, module] of chosen.entries()) {
      if (isInterrupted(context)) break
      const what = round === 0 ? 'reading files' : `round ${round} of ${rounds}`
      context.tell(`${what}: ${module.name}`, (round + at / chosen.length) / (rounds + 1))
      costs.push(await importOnce(module))
    }
    if (round === 0 || costs.length < chosen.length) continue
    for (const [at, [base, own]] of costs.entries()) {
      fastify.push(base / 1000)
      results[at]?.milliseconds.push(own / 1000)
    }
  }
  return {
    markdown: [table(results, fastify), '', ...skipped].join('\n'),
    data: { fastify, modules: results, skipped }
  }
}

/** Every entry point, resolved from its own package, and some of other authors. */
async function modules(): Promise<readonly Module[]> {
  const own = (await packages()).flatMap(({ folder, manifest }) =>
    Object.entries(manifest.exports)
      .map(([subpath, { default: file }]) => ({
        name: path.posix.join(manifest.name, subpath),
        folder,
        file: path.join(folder, file)
      }))
      .filter(({ name }) => !name.endsWith(NOT_FOR_PRODUCTION))
  )
  return [...own, ...OTHERS.map((name) => ({ name, folder: import.meta.dirname }))]
}

/** A package may have no code yet. */
function isBuilt({ file }: Module): boolean {
  return file === undefined || existsSync(file)
}

/** Microseconds for Fastify, and for the module after it. */
async function importOnce({ name, folder }: Module): Promise<readonly [number, number]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', PROGRAM, name], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'production' }
  })
  return JSON.parse(stdout) as [number, number] // the program wrote it
}

function table(results: readonly Result[], fastify: readonly number[]): string {
  const line = (name: string, values: readonly number[]): string =>
    `| ${name} | ${median(values).toFixed(0)} ms | ${range(spread(values), 0)} ms |`
  const rounds = results[0]?.milliseconds.length ?? 0
  return [
    `${rounds} complete rounds, medians.`,
    '',
    '| import after fastify | CPU | spread |',
    '| --- | --: | --- |',
    ...(rounds === 0
      ? []
      : [line('fastify itself', fastify), ...results.map((each) => line(each.name, each.milliseconds))])
  ].join('\n')
}
