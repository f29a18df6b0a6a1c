// Runs the tests and says how they went: one line a file, failures in full, and the totals as the last line.
// Arguments are paths below which to run tests, or options of tap.
import { execFileSync, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { globSync } from 'tinyglobby'
import { bundleLibraries } from './loader/libraries.js'
import { processesFor, serialFiles } from './processes.js'
import { tapReport } from './tap-report.js'

const root = path.join(import.meta.dirname, '..')
const strict = isOn(process.env.CI) || isOn(process.env.LATCHKEY_NO_SKIPS)
const options = process.argv.slice(2).filter((argument) => argument.startsWith('-'))
const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))

const files = (chosen.length > 0 ? chosen : ['packages', 'test']).flatMap(testsBelow)
if (files.length === 0) {
  console.error(`no tests below ${chosen.join(', ')}`)
  process.exit(1)
}

await bundleLibraries()
// Programs that these tests start import the packages as users do. Bundling takes a second or two.
if (files.some((file) => file.startsWith('test/') || file.startsWith('packages/cli/'))) {
  execFileSync(process.execPath, [path.join(root, 'bundle.js')], { stdio: 'inherit' })
}

// Coverage is demanded of whole packages: a single file is not expected to cover the package that it belongs to.
const wholePackages = chosen.every((folder) => /^packages[\\/][^\\/]+[\\/]?$/.test(folder))
const leniency = wholePackages ? [] : ['--allow-incomplete-coverage', '--allow-empty-coverage']

// In `NODE_OPTIONS`, the loader comes before the modules that tap imports into each process.
const loader = pathToFileURL(path.join(root, 'test/loader/register.js')).href
const environment = ['TAP_TYPE_STRIP_ONLY=1', `NODE_OPTIONS=--import=${loader}`]

const manifest = createRequire(import.meta.url).resolve('tap/package.json')
const tap = spawn(
  process.execPath,
  [
    path.join(path.dirname(manifest), 'dist/esm/run.mjs'),
    '--reporter=tap',
    ...environment.map((variable) => `--test-env=${variable}`),
    ...leniency,
    ...options,
    ...serialFiles(files).map((file) => `--serial=${file}`),
    ...processesFor(files)
  ],
  { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] }
)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => tap.kill(signal))
const report = tapReport((line) => console.log(line))
const closed = new Promise((resolve) => tap.on('close', (code, signal) => resolve(code ?? signal)))
for await (const line of createInterface({ input: tap.stdout })) report.read(line)
const outcome = await closed

const { passed, skipped, missing } = report.totals()
let { failed } = report.totals()
if (strict && missing.length > 0) {
  console.log(`\nskipped, although nothing may be missing here:\n${missing.join('\n')}`)
  failed += missing.length
}
// A test that was skipped because of a missing server or browser covers nothing, without a fault in the code.
if (outcome !== 0 && failed === 0 && missing.length === 0) {
  console.log(`\ntap ended with ${outcome} although no test failed: coverage is below 100 %, or the run was cut short`)
  failed += 1
}
if (files.length !== 1) {
  const seconds = Math.round(performance.now() / 1000)
  console.log(`\nslowest files, of ${seconds} s in all:\n${report.slowest(5).join('\n')}`)
}
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 ? 1 : 0

function testsBelow(name) {
  const below = name.replaceAll('\\', '/').replace(/\/$/, '')
  return globSync([below, `${below}/**/*.test.ts`], { cwd: root, ignore: '**/node_modules/**' }).filter((file) =>
    file.endsWith('.test.ts')
  )
}

function isOn(variable) {
  return variable !== undefined && !['', '0', 'false'].includes(variable)
}
