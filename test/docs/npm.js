// Stands in for npm and npx in the commands of a page: `install` links packages of this repository, as test/run.js has bundled
// them, and `npx` runs their programs. `init` and `pkg set` write the file that npm writes, as far as Node.js reads it.
// `install` without a name links the dependencies of that file.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { globSync } from 'tinyglobby'

const root = path.join(import.meta.dirname, '../..')
const [tool, command, ...words] = process.argv.slice(2)

if (tool === 'npx') await runProgram(command, words)
else if (command === 'install') for (const name of await wanted()) await link(name)
else if (command === 'init') await writeFile('package.json', JSON.stringify({ version: '1.0.0' }))
else if (command === 'pkg' && words[0] === 'set') await setMember(words[1])
else throw new Error(`npm ${command} is not known here`)

async function wanted() {
  const named = words.filter((word) => !word.startsWith('-'))
  return words.length > 0 ? named : Object.keys((await manifest('.')).dependencies)
}

async function setMember(assignment) {
  const [name, value] = assignment.split('=')
  await writeFile('package.json', JSON.stringify({ ...(await manifest('.')), [name]: value }))
}

async function link(name) {
  const places = [
    ...globSync('packages/*/package.json', { cwd: root, absolute: true }).map(path.dirname),
    ...['', 'examples', 'bench', ...globSync('packages/*', { cwd: root, onlyDirectories: true })].map((folder) =>
      path.join(root, folder, 'node_modules', name)
    )
  ]
  for (const place of places) {
    if (!existsSync(path.join(place, 'package.json')) || (await manifest(place)).name !== name) continue
    const to = path.join('node_modules', name)
    await mkdir(path.dirname(to), { recursive: true })
    if (!existsSync(to)) await symlink(await realpath(place), to)
    return
  }
  throw new Error(`${name} is not installed in this repository`)
}

async function runProgram(name, args) {
  const folder = await folderOf(name)
  if (folder === undefined) throw new Error(`npx ${name}: the page installs no such package`)
  const { bin } = await manifest(folder)
  const [program] = typeof bin === 'string' ? [bin] : Object.values(bin)
  run([process.execPath, path.join(folder, program), ...args])
}

/** The folder of an installed package with this name, or with a program of this name. */
async function folderOf(name) {
  const own = path.join('node_modules', name)
  if (existsSync(own)) return own
  for (const file of globSync('node_modules/{*,@*/*}/package.json')) {
    const folder = path.dirname(file)
    const { bin = {} } = await manifest(folder)
    if (typeof bin === 'object' && name in bin) return folder
  }
  return undefined
}

async function manifest(folder) {
  return JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'))
}

function run([program, ...args]) {
  const child = spawn(program, args, { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('close', (code) => (process.exitCode = code ?? 1))
}
