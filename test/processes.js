import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const root = path.join(import.meta.dirname, '..')
const ALONE = /^\/\/ Runs in a process of its own[:,] /m
const SERIAL = /^\/\/ Runs in a process of its own, while no other test runs: /m

/**
 * The files that tap runs so that the test files of one folder share one process: a file for each such folder, and each test
 * file with a comment that it runs in a process of its own. tap runs them in the order of their names, so the name of a large
 * folder begins with a small number. If it ran last, it would run alone for a minute.
 */
export function processesFor(files, folder = path.join(root, '.tap/processes')) {
  rmSync(folder, { recursive: true, force: true })
  const alone = []
  const together = new Map()
  for (const file of files) {
    const name = path.posix.dirname(file)
    if (ALONE.test(read(file))) alone.push(file)
    else together.set(name, [...(together.get(name) ?? []), file])
  }
  const bySize = [...together].sort(([, some], [, others]) => sizeOf(others) - sizeOf(some))
  return [
    ...bySize.map(([name, files], place) =>
      files.length === 1 ? files[0] : writeProcess(path.join(folder, `${100 + place}`, `${name}.js`), files)
    ),
    ...alone
  ]
}

/** The files that say that they run while no other test runs, because they measure time. */
export function serialFiles(files) {
  return files.filter((file) => SERIAL.test(read(file)))
}

function read(file) {
  return readFileSync(path.join(root, file), 'utf8')
}

function sizeOf(files) {
  return files.reduce((sum, file) => sum + statSync(path.join(root, file)).size, 0)
}

/** The folder whose files run in a process, or null if the name does not belong to such a process. */
export function folderOf(name) {
  return /^\.tap[\\/]processes[\\/]\d+[\\/](.*)\.js$/.exec(name)?.[1] ?? null
}

function writeProcess(file, files) {
  const runner = path.relative(path.dirname(file), path.join(import.meta.dirname, 'one-process.ts'))
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(
    file,
    `import { runInOneProcess } from ${JSON.stringify(runner.replaceAll('\\', '/'))}\n\nawait runInOneProcess(${JSON.stringify(files, null, 2)})\n`
  )
  return path.relative(root, file)
}
