import path from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { packages, root } from './workspace.ts'

const entryPoints = packages.map(({ folder, manifest }) => ({
  name: manifest.name,
  files: Object.values(manifest.exports ?? {}).flatMap((conditions) =>
    path.join(root, folder, conditions['@latchkey/source'] ?? '')
  )
}))

const program = ts.createProgram(
  entryPoints.flatMap(({ files }) => files),
  {
    ...ts.parseJsonConfigFileContent(
      ts.readConfigFile(path.join(root, 'tsconfig.base.json'), (file) => ts.sys.readFile(file)).config,
      ts.sys,
      root
    ).options,
    noEmit: true,
    composite: false
  }
)
const checker = program.getTypeChecker()

for (const { name, files } of entryPoints) {
  const symbols = files.flatMap((file) => {
    const source = program.getSourceFile(file)
    const module = source && checker.getSymbolAtLocation(source)
    return module ? checker.getExportsOfModule(module) : []
  })

  t.test(`every export of ${name} is documented`, async (t) => {
    t.same(
      symbols.filter((symbol) => !isDocumented(symbol)).map((symbol) => symbol.name),
      []
    )
  })

  t.test(`every option of ${name} is documented`, async (t) => {
    const undocumented = symbols
      .filter((symbol) => symbol.name.endsWith('Options'))
      .flatMap((symbol) =>
        checker
          .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(resolved(symbol)))
          .filter((option) => !isDocumented(option))
          .map((option) => `${symbol.name}.${option.name}`)
      )
    t.same(undocumented, [])
  })
}

function isDocumented(symbol: ts.Symbol): boolean {
  return [symbol, resolved(symbol)].some((each) => each.getDocumentationComment(checker).length > 0)
}

function resolved(symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}
