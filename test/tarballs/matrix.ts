// The installations of users: package managers, versions of Fastify, and versions of Node.js.
import path from 'node:path'
import type { Checks, Outcome } from './checks.ts'
import { OK } from './checks.ts'
import { run } from './command.ts'
import { type Manager, managers, npm } from './managers.ts'
import { type NodeVersion, thisNode } from './nodes.ts'
import { developmentVersion, entryPoints, leastFastify, optionalPeers, type Tarball } from './packed.ts'
import {
  type Compiler,
  COMPILERS,
  compile,
  runCommonJs,
  runCompiled,
  runReadmeServer,
  writePrograms
} from './programs.ts'

/** A version of Fastify to install. */
interface FastifyVersion {
  readonly version: string
  /** Whether a failure counts. A prerelease of a major version that is not supported only reports. */
  readonly isSupported: boolean
}

/** One installation. */
interface Installation {
  readonly manager: Manager
  readonly fastify: FastifyVersion
  readonly compilers: readonly Compiler[]
}

/** The outcomes of one version of Node.js in one installation. */
export interface Row {
  readonly manager: string
  readonly fastify: string
  readonly node: string
  readonly install: Outcome
  readonly server: Outcome
  readonly typescript: Outcome
  readonly commonJs: Outcome
}

/** The programs of a row. */
type Programs = Pick<Row, 'server' | 'typescript' | 'commonJs'>

const NOT_RUN = 'not run'
const NONE: Programs = { server: NOT_RUN, typescript: NOT_RUN, commonJs: NOT_RUN }
/** The newest release of Fastify that is supported. */
const NEWEST = '^5'

/** The installation of most users, for a quick check. */
export async function shortMatrix(
  folder: string,
  tarballs: readonly Tarball[],
  checks: Checks
): Promise<readonly Row[]> {
  const fastify = { version: await newest(folder, NEWEST), isSupported: true }
  return rows(folder, { manager: npm, fastify, compilers: ['typescript'] }, [thisNode], tarballs, checks)
}

/**
 * All installations. Every Node.js runs the same files, so only those of npm are run by each. The declarations of Fastify are the same
 * in each package manager, so the least version is installed by npm alone.
 */
export async function longMatrix(
  folder: string,
  nodes: readonly NodeVersion[],
  tarballs: readonly Tarball[],
  checks: Checks
): Promise<readonly Row[]> {
  const versions = [
    { version: await newest(folder, NEWEST), isSupported: true, managers },
    { version: leastFastify(tarballs), isSupported: true, managers: [npm] },
    { version: await newest(folder, '>=6.0.0-0 <7'), isSupported: false, managers: [npm] }
  ]
  const all: Row[] = []
  for (const fastify of versions) {
    for (const manager of fastify.managers) {
      // The oldest compiler takes a minute. The declarations are the same in every installation.
      const compilers: Compiler[] = all.length === 0 ? ['typescript', 'typescript-oldest'] : ['typescript']
      const programs = manager === npm && fastify.isSupported ? nodes : [thisNode]
      all.push(...(await rows(folder, { manager, fastify, compilers }, programs, tarballs, checks)))
    }
  }
  return all
}

async function rows(
  folder: string,
  installation: Installation,
  nodes: readonly NodeVersion[],
  tarballs: readonly Tarball[],
  checks: Checks
): Promise<readonly Row[]> {
  const { manager, fastify, compilers } = installation
  const name = `${manager.name}, Fastify ${fastify.version}`
  const target = path.join(folder, `${manager.name}-fastify-${fastify.version}`)
  const check = async (title: string, action: () => Promise<unknown>): Promise<Outcome> => {
    if (!fastify.isSupported) return checks.tries(title, action)
    return (await checks.passes(title, action)) ? OK : 'fails'
  }
  const install = await check(`${name}: install`, async () => installAll(target, installation, tarballs))
  const compiled = install === OK ? await check(`${name}: compile`, async () => compile(target, compilers)) : NOT_RUN
  const found: Row[] = []
  for (const node of nodes) {
    const programs = install === OK && node.program !== null ? await runPrograms(node, node.program) : NONE
    const version = node.program === null ? `${node.version} (not to be had)` : node.version
    found.push({ manager: manager.name, fastify: fastify.version, node: version, install, ...programs })
  }
  return found

  async function runPrograms({ version }: NodeVersion, node: string): Promise<Programs> {
    const title = `${name}, Node.js ${version}`
    return {
      server: await check(`${title}: the README's server`, async () => runReadmeServer(target, node)),
      typescript:
        compiled === OK
          ? await check(`${title}: the program of TypeScript`, async () => runCompiled(target, node))
          : compiled,
      commonJs: await check(`${title}: the program of CommonJS`, async () => runCommonJs(target, node))
    }
  }
}

async function installAll(
  folder: string,
  { manager, fastify }: Installation,
  tarballs: readonly Tarball[]
): Promise<void> {
  const dependencies = {
    ...optionalPeers(tarballs),
    ...COMPILERS,
    '@types/node': await developmentVersion('@types/node'),
    fastify: fastify.version
  }
  await manager.install(folder, { tarballs, dependencies, ignoresPeers: !fastify.isSupported })
  await writePrograms(folder, entryPoints(tarballs))
}

/** The newest version of Fastify in a range. */
async function newest(folder: string, range: string): Promise<string> {
  const found = await run('npm', ['view', `fastify@${range}`, 'version', '--json'], { cwd: folder })
  const versions: unknown = JSON.parse(found)
  return String(Array.isArray(versions) ? versions.at(-1) : versions)
}
