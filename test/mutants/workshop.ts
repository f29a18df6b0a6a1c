import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Mutant } from './mutant.ts'

const root = path.join(import.meta.dirname, '../..')
const LEFT_OUT = new Set(['.git', '.tap', '.tsbuildinfo', 'dist', 'node_modules'])

/** A copy of the repository in which sources are broken, so that the repository itself never is. */
export interface Workshop {
  /** Runs tests on the sources as they are. `false` when a test fails. */
  passes(tests: readonly string[]): Promise<boolean>
  /** Runs the tests of a mutant on the broken sources, and mends them again. `false` when a test fails. */
  survives(mutant: Mutant): Promise<boolean>
  remove(): Promise<void>
}

/** Copies the repository in its present state, with uncommitted changes. */
export async function openWorkshop(): Promise<Workshop> {
  const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-mutants-'))
  await cp(root, folder, { recursive: true, filter: (source) => !LEFT_OUT.has(path.basename(source)) })
  await linkModules('')

  return { passes, survives, remove: async () => rm(folder, { recursive: true, force: true }) }

  async function linkModules(below: string): Promise<void> {
    const source = path.join(root, below)
    for (const entry of await readdir(source, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue
      const name = path.join(below, entry.name)
      if (entry.name === 'node_modules') await copyLinks(name)
      else if (!LEFT_OUT.has(entry.name)) await linkModules(name)
    }
  }

  // Links between workspace packages are relative: in the copy they lead to the copy.
  async function copyLinks(modules: string): Promise<void> {
    await mkdir(path.join(folder, modules), { recursive: true })
    const store = path.join(root, modules, '.pnpm')
    await cp(path.join(root, modules), path.join(folder, modules), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => source !== store
    })
    if (modules === 'node_modules') await symlink(store, path.join(folder, modules, '.pnpm'))
  }

  async function passes(tests: readonly string[]): Promise<boolean> {
    const child = spawn(process.execPath, ['test/run.js', '--disable-coverage', '--bail', ...tests], {
      cwd: folder,
      stdio: 'ignore'
    })
    return new Promise((resolve) => child.on('close', (code) => resolve(code === 0)))
  }

  async function survives({ file, find, replace, tests }: Mutant): Promise<boolean> {
    const at = path.join(folder, file)
    const text = await readFile(at, 'utf8')
    await writeFile(
      at,
      text.replace(find, () => replace)
    )
    try {
      return await passes(tests)
    } finally {
      await writeFile(at, text)
    }
  }
}
