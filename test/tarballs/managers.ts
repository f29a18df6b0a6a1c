// The package managers of users. Each installs the tarballs of this repository in place of published packages, also where a
// package depends on another.
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { run } from './command.ts'
import type { Tarball } from './packed.ts'

/** What a folder needs, and how. */
export interface Wanted {
  readonly tarballs: readonly Tarball[]
  /** The packages of the tarballs that the folder itself depends on. Default: all of them. */
  readonly names?: readonly string[]
  /** Versions by name, besides the tarballs. */
  readonly dependencies: Readonly<Record<string, string>>
  /** Whether a peer dependency that does not fit is ignored. */
  readonly ignoresPeers?: boolean
}

/** A package manager. */
export interface Manager {
  readonly name: string
  /** Installs into a new folder outside of the repository. */
  install(folder: string, wanted: Wanted): Promise<void>
}

/** Scripts are off, because the packages need none. */
export const npm: Manager = {
  name: 'npm',
  async install(folder, wanted) {
    const own = files(wanted.tarballs)
    await writeManifest(folder, wanted, { overrides: own })
    const peers = wanted.ignoresPeers ? ['--legacy-peer-deps'] : []
    const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
    await run('npm', ['install', ...quiet, ...peers], { cwd: folder })
  }
}

const pnpm: Manager = {
  name: 'pnpm',
  async install(folder, wanted) {
    await writeManifest(folder, wanted)
    const overrides = Object.entries(files(wanted.tarballs)).map(([name, file]) => `  '${name}': '${file}'\n`)
    const settings = `overrides:\n${overrides.join('')}packages: ['.']\nverifyDepsBeforeRun: false\n`
    await writeFile(path.join(folder, 'pnpm-workspace.yaml'), settings)
    await run('npx', ['--yes', 'pnpm@12', 'install', '--prefer-offline', '--ignore-scripts'], { cwd: folder })
  }
}

/**
 * Yarn looks up the optional dependencies for all systems, and stops if the registry lacks one. Older ones stand in for those of other
 * systems, which are not installed.
 */
const OTHER_SYSTEMS = Object.fromEntries(
  [
    'android-arm-eabi',
    'android-arm64',
    'darwin-arm64',
    'darwin-x64',
    'freebsd-x64',
    'linux-arm-gnueabihf',
    'linux-arm64-gnu',
    'linux-arm64-musl',
    'linux-x64-musl',
    'win32-arm64-msvc',
    'win32-ia32-msvc',
    'win32-x64-msvc'
  ].map((system) => [`@node-rs/bcrypt-${system}`, '1.10.7'])
)

const yarn: Manager = {
  name: 'yarn',
  async install(folder, wanted) {
    await writeManifest(folder, wanted, { resolutions: { ...files(wanted.tarballs), ...OTHER_SYSTEMS } })
    const settings = ['nodeLinker: node-modules', 'enableScripts: false', 'enableTelemetry: false']
    await writeFile(path.join(folder, '.yarnrc.yml'), `${settings.join('\n')}\n`)
    await writeFile(path.join(folder, 'yarn.lock'), '')
    await run('npx', ['--yes', '--package=@yarnpkg/cli-dist@4', 'yarn', 'install', '--no-immutable'], { cwd: folder })
  }
}

/** All package managers. */
export const managers: readonly Manager[] = [npm, pnpm, yarn]

/** The tarballs by the names of their packages. */
function files(tarballs: readonly Tarball[]): Readonly<Record<string, string>> {
  return Object.fromEntries(tarballs.map(({ file, manifest }) => [manifest.name, `file:${file}`]))
}

async function writeManifest(folder: string, wanted: Wanted, more: object = {}): Promise<void> {
  const { tarballs, names, dependencies } = wanted
  const own = tarballs.filter(({ manifest }) => names?.includes(manifest.name) ?? true)
  await mkdir(folder, { recursive: true })
  const manifest = { private: true, dependencies: { ...files(own), ...dependencies }, ...more }
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
}
