// Writes the JavaScript of each package to its `dist`: one file for each entry point and program, and shared ones for the code
// that several of them use. An import of one file costs as much time as a hundred lines of code. Behind `pnpm build`, which
// writes the declarations too.
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { build } from 'esbuild'
import { globSync } from 'tinyglobby'

const root = import.meta.dirname

await Promise.all(globSync('packages/*', { cwd: root, onlyDirectories: true, absolute: true }).map(bundle))

async function bundle(folder) {
  const { exports, bin = {} } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'))
  const built = [...Object.values(exports).map((entryPoint) => entryPoint.default), ...Object.values(bin)]
  const outdir = path.join(folder, 'dist')
  for (const leftover of globSync('**/*.js{,.map}', { cwd: outdir, absolute: true })) await rm(leftover)
  await build({
    absWorkingDir: folder,
    entryPoints: built.map((file) => file.replace('./dist/', 'src/').replace(/js$/, 'ts')),
    outdir,
    outbase: 'src',
    chunkNames: 'shared-[hash]',
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    // The package contains its sources.
    sourcesContent: false,
    logLevel: 'warning'
  })
}
