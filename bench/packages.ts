// The packages of this repository, as users get them.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

/** The part of a `package.json` that is read here. */
export interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, { readonly default: string }>>
  readonly dependencies?: Readonly<Record<string, string>>
}

/** A package with its folder. */
export interface Package {
  readonly folder: string
  readonly manifest: Manifest
}

const FOLDER = path.join(import.meta.dirname, '../packages')

/** All packages, by their names. */
export async function packages(): Promise<readonly Package[]> {
  const names = await readdir(FOLDER)
  return Promise.all(
    names.sort().map(async (name) => {
      const folder = path.join(FOLDER, name)
      return { folder, manifest: JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as Manifest }
    })
  )
}

/** A package with all packages of this repository that it depends on. */
export function withDependencies(own: Package, all: readonly Package[]): readonly Package[] {
  const found = new Set([own])
  // A set that grows is walked to its new end.
  for (const { manifest } of found) {
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      const dependency = all.find((each) => each.manifest.name === name)
      if (dependency) found.add(dependency)
    }
  }
  return [...found]
}
