// The installation of a user: builds and packs every package, lints the tarballs, loads each entry point of the installed
// packages from an ECMAScript module and from a CommonJS one, compiles programs that import them, and starts their
// programs. Behind `pnpm packages`, which puts the tools on the PATH.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { globSync } from 'tinyglobby'
import { startReadmeServer } from './readme-server.js'

// The declarations are checked too. `@types/node` comes from this repository: the declarations import modules of Node.js.
const COMPILER_OPTIONS = ['--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', 'false', '--types', 'node']
// The root README names the settings that a CommonJS module needs.
const COMPILED = ['nodenext', 'node20']

const root = path.join(import.meta.dirname, '..')
const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-packages-'))
const failures = []
try {
  await check()
} finally {
  await rm(folder, { recursive: true, force: true })
}
for (const failure of failures) console.error(failure)
console.log(`packages: ${failures.length === 0 ? 'every one is fit to publish' : `${failures.length} checks failed`}`)
process.exitCode = failures.length > 0 ? 1 : 0

async function check() {
  // From nothing, because the build of a deleted file would be packed too.
  const built = { cwd: root, onlyFiles: false, expandDirectories: false, absolute: true, dot: true }
  for (const leftover of globSync(['packages/*/dist', 'packages/*/.tsbuildinfo'], built)) {
    await rm(leftover, { recursive: true })
  }
  if (!(await run('build', 'tsc', ['-b', 'tsconfig.build.json'], root))) return
  if (!(await run('bundle', process.execPath, ['bundle.js'], root))) return
  const pack = ['--recursive', '--filter', './packages/*', 'pack', '--pack-destination', folder]
  if (!(await run('pack', 'pnpm', pack, root))) return

  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  for (const tarball of tarballs) {
    await Promise.all([
      run(`publint ${tarball}`, 'publint', ['--strict', path.join(folder, tarball)], root),
      run(`attw ${tarball}`, 'attw', ['--profile', 'esm-only', path.join(folder, tarball)], root)
    ])
  }

  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ private: true }))
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
  const wanted = [...tarballs.map((name) => `./${name}`), ...(await optionalPeers())]
  if (!(await run('install', 'npm', [...install, ...wanted], folder))) return
  const entryPoints = await publicEntryPoints()
  const load = entryPoints.map((name) => JSON.stringify(name))
  await writeFile(path.join(folder, 'app.mjs'), load.map((name) => `await import(${name})\n`).join(''))
  await writeFile(path.join(folder, 'app.cjs'), load.map((name) => `require(${name})\n`).join(''))
  await run(`import ${entryPoints.join(', ')}`, process.execPath, ['app.mjs'], folder)
  await run(`require ${entryPoints.join(', ')}`, process.execPath, ['app.cjs'], folder)
  const sources = ['app.mts', 'app.cts'].map((name) => path.join(folder, name))
  for (const source of sources) await writeFile(source, namespaceImports(entryPoints))
  for (const module of COMPILED) {
    await run(`tsc --module ${module}`, 'tsc', [...COMPILER_OPTIONS, '--module', module, ...sources], root)
  }
  for (const program of await programs()) {
    await run(`${program} --help`, path.join(folder, 'node_modules/.bin', program), ['--help'], folder)
  }
  await attempt("the README's server, pasted into a folder", async () =>
    (await startReadmeServer(folder, 0, [])).kill()
  )
}

// A user installs only the ones that their entry points need. All entry points are used here.
async function optionalPeers() {
  const manifests = globSync('packages/*/package.json', { cwd: root, absolute: true })
  const read = async (file) => JSON.parse(await readFile(file, 'utf8'))
  return (await Promise.all(manifests.map(read))).flatMap(({ peerDependencies, peerDependenciesMeta = {} }) =>
    Object.keys(peerDependenciesMeta).map((name) => `${name}@${peerDependencies[name]}`)
  )
}

async function publicEntryPoints() {
  return (await installed()).flatMap(({ name, exports }) =>
    Object.keys(exports).map((subpath) => path.posix.join(name, subpath))
  )
}

function namespaceImports(entryPoints) {
  const names = entryPoints.map((_, i) => `entryPoint${i}`)
  const imports = entryPoints.map((name, i) => `import * as ${names[i]} from ${JSON.stringify(name)}\n`)
  return `${imports.join('')}export const loaded: readonly object[] = [${names.join(', ')}]\n`
}

async function programs() {
  return (await installed()).flatMap(({ bin = {} }) => Object.keys(bin))
}

async function installed() {
  const manifests = globSync('node_modules/@latchkey/*/package.json', { cwd: folder, absolute: true })
  return Promise.all(manifests.sort().map(async (file) => JSON.parse(await readFile(file, 'utf8'))))
}

function run(title, command, args, cwd) {
  const options = { cwd, maxBuffer: 2 ** 26, shell: process.platform === 'win32' }
  return attempt(title, () => promisify(execFile)(command, args, options))
}

async function attempt(title, action) {
  const before = performance.now()
  try {
    await action()
    console.log(`ok    ${title}  ${Math.round(performance.now() - before)} ms`)
    return true
  } catch (error) {
    console.log(`FAIL  ${title}`)
    failures.push(`\n== ${title}\n${error.stdout ?? ''}${error.stderr ?? error.message}`)
    return false
  }
}
