// The tarballs of all packages, built from nothing.
import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { globSync } from 'tinyglobby'
import { run } from './command.ts'

/** The members of a published package.json that are read here. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly bin?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
  readonly files?: readonly string[]
  readonly publishConfig?: { readonly access?: string }
  readonly funding?: unknown
}

/** A package in the form in which users install it. */
export interface Tarball {
  readonly file: string
  readonly manifest: Manifest
  /** The paths in it, without the folder `package/`. */
  readonly contents: readonly string[]
}

export const root: string = path.join(import.meta.dirname, '../..')

/** Removes all builds, so that the build of a deleted file is not packed. */
async function removeBuilds(): Promise<void> {
  const built = { cwd: root, onlyFiles: false, expandDirectories: false, absolute: true, dot: true }
  for (const leftover of globSync(['packages/*/dist', 'packages/*/.tsbuildinfo'], built)) {
    await rm(leftover, { recursive: true })
  }
}

export async function build(): Promise<void> {
  await removeBuilds()
  await run('tsc', ['-b', 'tsconfig.build.json'], { cwd: root })
  await run(process.execPath, ['bundle.js'], { cwd: root })
}

/** Packs each package into a folder. */
export async function pack(folder: string): Promise<readonly Tarball[]> {
  await run('pnpm', ['--recursive', '--filter', './packages/*', 'pack', '--pack-destination', folder], { cwd: root })
  const names = (await readdir(folder)).filter((name) => name.endsWith('.tgz')).sort()
  return Promise.all(names.map(async (name) => tarball(path.join(folder, name))))
}

async function tarball(file: string): Promise<Tarball> {
  const cwd = path.dirname(file)
  const manifest = await run('tar', ['-xzOf', file, 'package/package.json'], { cwd })
  const list = await run('tar', ['-tzf', file], { cwd })
  return {
    file,
    manifest: JSON.parse(manifest) as Manifest, // pnpm wrote it
    contents: list
      .trim()
      .split('\n')
      .map((name) => name.replace(/^package\//, ''))
  }
}

/** The entry points of the packages, as a program imports them. */
export function entryPoints(tarballs: readonly Tarball[]): readonly string[] {
  return tarballs.flatMap(({ manifest }) =>
    Object.keys(manifest.exports).map((at) => path.posix.join(manifest.name, at))
  )
}

/** The peers that are optional, because only some entry points need them. */
export function optionalPeers(tarballs: readonly Tarball[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    tarballs.flatMap(({ manifest: { peerDependencies = {}, peerDependenciesMeta = {} } }) =>
      Object.keys(peerDependenciesMeta).map((name) => [name, peerDependencies[name] ?? '*'])
    )
  )
}

/** The least version of Fastify that all packages accept. */
export function leastFastify(tarballs: readonly Tarball[]): string {
  const [range = ''] = tarballs.flatMap(({ manifest }) => manifest.peerDependencies?.['fastify'] ?? [])
  return range.replace('^', '')
}

/** A member of the package.json of this repository's root. */
export async function developmentVersion(name: string): Promise<string> {
  const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  return manifest.devDependencies[name] ?? ''
}
