// TypeScript as JavaScript, for Node before 22.18. ts-node, the loader of tap, takes seconds in each process. tsx writes a file as
// one line, in which coverage finds no lines.
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { threadId } from 'node:worker_threads'

const root = path.join(import.meta.dirname, '../..')
const folder = path.join(root, '.artifacts/compiled')

/** Returns the JavaScript of a file. The first process that imports the file keeps it for the others. */
export async function compiled(file) {
  const name = path.relative(root, file)
  if (name.startsWith('..')) return compile(file)
  const place = path.join(folder, `${name}.js`)
  return (await kept(place, file)) ?? keep(place, await compile(file))
}

/** What is kept of a file, unless the file has changed since. */
async function kept(place, file) {
  try {
    const [source, result] = await Promise.all([stat(file), stat(place)])
    return result.mtimeMs > source.ctimeMs ? await readFile(place, 'utf8') : null
  } catch {
    return null
  }
}

/** Keeps what a file was compiled to. Another process finds all of it or nothing. */
async function keep(place, code) {
  const begun = `${place}.${process.pid}.${threadId}`
  await mkdir(path.dirname(place), { recursive: true })
  await writeFile(begun, code)
  await rename(begun, place)
  return code
}

async function compile(file) {
  // It starts a process.
  const { transform } = await import('esbuild')
  const { code } = await transform(await readFile(file, 'utf8'), {
    sourcefile: file,
    loader: 'ts',
    target: 'node20.19',
    sourcemap: 'inline',
    sourcesContent: false
  })
  return code
}
