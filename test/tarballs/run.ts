// The packages as users get them. Behind `pnpm tarballs`, which puts the tools on the PATH. `--short` installs with npm, this
// Node.js and the newest Fastify. The long form tries every package manager, every version of Node.js and every README too, and
// writes docs/tarballs.md.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { checks, OK } from './checks.ts'
import { run } from './command.ts'
import { longMatrix, type Row, shortMatrix } from './matrix.ts'
import { installNodes } from './nodes.ts'
import { build, pack, root, type Tarball } from './packed.ts'
import { lint } from './publish.ts'
import { installations, tryInstallation } from './readme-installs.ts'
import { type Circumstances, page } from './table.ts'

const { values } = parseArgs({ options: { short: { type: 'boolean', default: false } } })
const found = checks()
const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-tarballs-'))
try {
  await check()
} finally {
  await rm(folder, { recursive: true, force: true })
}
for (const failure of found.failures) console.error(failure)
const { length } = found.failures
console.log(`tarballs: ${length === 0 ? 'every package is fit to publish' : `${length} checks failed`}`)
process.exitCode = length > 0 ? 1 : 0

async function check(): Promise<void> {
  if (!(await found.passes('build', build))) return
  const packed = path.join(folder, 'packed')
  await mkdir(packed)
  let tarballs: readonly Tarball[] = []
  if (!(await found.passes('pack', async () => (tarballs = await pack(packed))))) return
  for (const tarball of tarballs) await found.passes(`lint ${tarball.manifest.name}`, async () => lint(tarball))
  const [first] = values.short ? await shortMatrix(folder, tarballs, found) : await runLongMatrix(tarballs)
  if (first?.install === OK) await tryPrograms(path.join(folder, `npm-fastify-${first.fastify}`), tarballs)
}

async function runLongMatrix(tarballs: readonly Tarball[]): Promise<readonly Row[]> {
  const nodes = await installNodes(folder)
  const rows = await longMatrix(folder, nodes, tarballs, found)
  const lines = await tryReadmes(tarballs)
  await writeFile(path.join(root, 'docs/tarballs.md'), page(rows, { ...(await circumstances()), lines }))
  return rows
}

async function tryReadmes(tarballs: readonly Tarball[]): Promise<Circumstances['lines']> {
  const lines: Circumstances['lines'][number][] = []
  for (const [at, each] of (await installations()).entries()) {
    const target = path.join(folder, `readme-${at}`)
    const title = `${each.page}: npm install ${each.packages.join(' ')}`
    const passes = await found.passes(title, async () => tryInstallation(target, each, tarballs))
    lines.push({ ...each, outcome: passes ? OK : 'fails' })
    await rm(target, { recursive: true, force: true })
  }
  return lines
}

/** The programs that packages install. */
async function tryPrograms(installed: string, tarballs: readonly Tarball[]): Promise<void> {
  for (const name of tarballs.flatMap(({ manifest }) => Object.keys(manifest.bin ?? {}))) {
    const program = path.join(installed, 'node_modules/.bin', name)
    await found.passes(`${name} --help`, async () => run(program, ['--help'], { cwd: installed }))
  }
}

async function circumstances(): Promise<Omit<Circumstances, 'lines'>> {
  const cwd = root
  const say = async (command: string, ...args: string[]): Promise<string> => (await run(command, args, { cwd })).trim()
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: await say('git', 'rev-parse', '--short', 'HEAD'),
    versions: {
      npm: await say('npm', '--version'),
      pnpm: await say('npx', '--yes', 'pnpm@12', '--version'),
      Yarn: await say('npx', '--yes', '--package=@yarnpkg/cli-dist@4', 'yarn', '--version')
    }
  }
}
