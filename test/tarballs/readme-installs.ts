// The `npm install` lines of all READMEs: with them alone, the program that follows them finds all of its modules.
import { readFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import path from 'node:path'
import { globSync } from 'tinyglobby'
import ts from 'typescript'
import { run } from './command.ts'
import { npm } from './managers.ts'
import { root, type Tarball } from './packed.ts'

/** The installation that a page shows, and the program after it. */
export interface Installation {
  readonly page: string
  /** The packages that its lines name, with a version such as `ioredis@5` if they name one. */
  readonly packages: readonly string[]
  /** The modules that the program imports. */
  readonly modules: readonly string[]
}

/** All installations of the READMEs and the pages of docs. */
export async function installations(): Promise<readonly Installation[]> {
  const pages = globSync(['README.md', '{packages,examples}/*/README.md', 'docs/**/*.md'], { cwd: root }).sort()
  const found = await Promise.all(
    pages.map(async (page) => installationsOf(page, await readFile(path.join(root, page), 'utf8')))
  )
  return found.flat()
}

/**
 * The installations of a page: in `docs`, where a reader follows a page from its top, each with those before it. A block of
 * shell without a program after it imports nothing.
 */
function installationsOf(page: string, text: string): readonly Installation[] {
  const before = new Set<string>()
  return [...text.matchAll(/^```sh\n(.*?)^```$(.*?)(?=^```sh$|(?![^]))/gms)].flatMap(([, shell = '', rest = '']) => {
    const lines = shell.split('\n').filter((line) => line.startsWith('npm install '))
    if (lines.length === 0) return []
    const [, program = ''] = /^```(?:ts|js)\n(.*?)^```$/ms.exec(rest) ?? []
    const packages = new Set([...(page.startsWith('docs/') ? before : []), ...lines.flatMap(packagesOf)])
    for (const name of packages) before.add(name)
    return [{ page, packages: [...packages], modules: modulesOf(program) }]
  })
}

/** Installs what the lines name, and imports the modules of the program. */
export async function tryInstallation(
  folder: string,
  { packages, modules }: Installation,
  tarballs: readonly Tarball[]
): Promise<void> {
  const own = new Set(tarballs.map(({ manifest }) => manifest.name))
  const others = packages.filter((name) => !own.has(name)).map((each) => /^(.+?)(?:@(.+))?$/.exec(each) ?? [])
  const dependencies = Object.fromEntries(others.map(([, name = '', version = 'latest']) => [name, version]))
  await npm.install(folder, { tarballs, names: packages, dependencies })
  const program = modules.map((name) => `await import(${JSON.stringify(name)})\n`).join('')
  await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder })
}

/** The names in a line such as `npm install --save-dev @latchkey/{guard,store} fastify   # a reason`. */
function packagesOf(line: string): readonly string[] {
  const words = line
    .replace(/\s+#.*/, '')
    .split(/\s+/)
    .slice(2)
  return words.filter((word) => !word.startsWith('-')).flatMap(withoutBraces)
}

function withoutBraces(word: string): readonly string[] {
  const [, before = '', list, after = ''] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(word) ?? []
  return list === undefined ? [word] : list.split(',').map((each) => before + each + after)
}

/** The modules that a program needs when it runs, without its own files and those of Node.js. */
function modulesOf(program: string): readonly string[] {
  const { outputText } = ts.transpileModule(program, { compilerOptions: { module: ts.ModuleKind.ESNext } })
  const names = ts.preProcessFile(outputText).importedFiles.map(({ fileName }) => fileName)
  return [...new Set(names)].filter((name) => !name.startsWith('.') && !isBuiltin(name))
}
