// Libraries of hundreds of files. Module hooks take about two milliseconds for each, in each process, so the tests import one
// file of each library.
import { readFileSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const root = path.join(import.meta.dirname, '../..')
const folder = path.join(root, '.artifacts/libraries')
const index = path.join(folder, 'index.json')

/** The names that are imported, below a package that depends on them. */
const NAMES = { 'packages/store': ['kysely', 'kysely/migration'], 'packages/issuer': ['jose'] }

/** The URL of each library, and that of its one file. Empty until `test/run.js` has written them. */
export const libraries = new Map(read())

/** Writes each library as one file. */
export async function bundleLibraries() {
  const written = await Promise.all(Object.entries(NAMES).map(([from, names]) => bundle(from, names)))
  mkdirSync(folder, { recursive: true })
  writeFileSync(index, JSON.stringify(written.flat()))
}

async function bundle(from, names) {
  // Programs that import this module write no libraries.
  const { build } = await import('esbuild')
  const { metafile } = await build({
    absWorkingDir: path.join(root, from),
    entryPoints: names,
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    metafile: true,
    logLevel: 'warning'
  })
  return Object.entries(metafile.outputs)
    .filter(([, { entryPoint }]) => entryPoint !== undefined)
    .map(([file, { entryPoint }]) => [entryPoint, file].map((name) => pathToFileURL(path.join(root, from, name)).href))
}

function read() {
  try {
    return JSON.parse(readFileSync(index, 'utf8'))
  } catch {
    return []
  }
}
