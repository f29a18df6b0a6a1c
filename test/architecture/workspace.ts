import { readFileSync } from 'node:fs'
import path from 'node:path'
import { globSync } from 'tinyglobby'

/** The members of a package.json that the checks read. */
interface Manifest {
  readonly name: string
  readonly license?: string
  readonly type?: string
  readonly sideEffects?: boolean
  readonly engines?: Readonly<Record<string, string>>
  readonly files?: readonly string[]
  readonly exports?: Exports
  readonly publishConfig?: { readonly access?: string; readonly exports?: Exports }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** The conditions of each entry point. */
export type Exports = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A folder below packages/. Paths of files start at the repository's root. */
export interface Package {
  readonly folder: string
  readonly manifest: Manifest
  readonly sources: readonly string[]
  readonly tests: readonly string[]
  readonly typeTests: readonly string[]
}

export const root: string = path.join(import.meta.dirname, '../..')

export const packages: readonly Package[] = find('packages/*/package.json').map((file) => {
  const folder = path.posix.dirname(file)
  return {
    folder,
    // The package manager has already refused any other content. Optional members may be missing.
    manifest: JSON.parse(read(file)) as Manifest,
    sources: find(`${folder}/src/**/*.ts`),
    tests: find(`${folder}/test/**/*.ts`),
    typeTests: find(`${folder}/types/**/*.ts`)
  }
})

/** Files that may use any package, by its public entry points. */
export const outside: readonly string[] = find('{examples,test,bench}/**/*.{ts,js}')

/** The name of the package in a folder below packages/. */
export function nameOf(folder: string): string {
  const name = path.posix.basename(folder)
  return name === 'latchkey' ? name : `@latchkey/${name}`
}

/** Whether a module is one of a package of this repository. */
export function isOurs(specifier: string): boolean {
  return specifier.startsWith('@latchkey/') || specifier === 'latchkey' || specifier.startsWith('latchkey/')
}

/** The files of the repository that match, sorted. */
export function find(...patterns: string[]): string[] {
  return globSync(patterns, { cwd: root, dot: true, ignore: ['**/{node_modules,dist,.tap}/**'] }).sort()
}

export function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8')
}

/** The folders that a tsconfig.json refers to. */
export function references(tsconfig: string): string[] {
  // The compiler has refused it by now if it were anything else.
  const content = JSON.parse(read(tsconfig)) as { references: { path: string }[] }
  return content.references.map((reference) => reference.path).sort()
}
