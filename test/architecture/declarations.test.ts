import { isBuiltin } from 'node:module'
import path from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { packages, read, root } from './workspace.ts'

const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  customConditions: ['@latchkey/source']
}

for (const { folder, manifest } of packages) {
  const entryPoints = Object.values(manifest.exports ?? {}).map((conditions) =>
    path.posix.join(folder, conditions['@latchkey/source'] ?? '')
  )

  t.test(`the declarations of ${manifest.name} import only modules that bring their own types (K27)`, async (t) => {
    const installed = { ...manifest.dependencies, ...manifest.peerDependencies }
    const untyped = importedBy(entryPoints).filter((name) => !isBuiltin(name) && !bringsTypes(name, folder, installed))
    t.same(untyped, [])
  })
}

/** The packages that the declarations of some files name, and those of all files that these import. */
function importedBy(files: readonly string[]): string[] {
  const reached = new Set(files)
  const names = new Set<string>()
  for (const file of reached) {
    // The iteration of a Set includes members that are added during it.
    for (const specifier of specifiers(file)) {
      if (specifier.startsWith('.')) reached.add(path.posix.join(path.posix.dirname(file), specifier))
      else names.add(specifier)
    }
  }
  return [...names].sort()
}

function specifiers(file: string): string[] {
  const { outputText } = ts.transpileDeclaration(read(file), { fileName: file, compilerOptions })
  return ts.preProcessFile(outputText).importedFiles.map(({ fileName }) => fileName)
}

/** Whether the installation of the package includes the types of a module. */
function bringsTypes(name: string, folder: string, installed: Readonly<Record<string, string>>): boolean {
  const importer = path.join(root, folder, 'src/index.ts')
  const { ESNext } = ts.ModuleKind
  const { resolvedModule } = ts.resolveModuleName(name, importer, compilerOptions, ts.sys, undefined, undefined, ESNext)
  const owner = resolvedModule?.packageId?.name
  return owner !== undefined && Object.hasOwn(installed, owner)
}
