import path from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { packages, read } from './workspace.ts'

type Graph = ReadonlyMap<string, ReadonlySet<string>>

// `introspection` stands between the description of an issuer and the tokens of that issuer.
const FOLDERS_IN_A_CIRCLE = new Set(['@latchkey/bearer'])

for (const { folder, manifest, sources } of packages) {
  const root = `${folder}/src/`
  const files = imports(sources, (file) => file.slice(root.length))

  t.test(`no file of ${manifest.name} imports itself through others`, async (t) => {
    t.same(circle(files), [])
  })

  if (FOLDERS_IN_A_CIRCLE.has(manifest.name)) continue
  t.test(`no folder of ${manifest.name} imports itself through others`, async (t) => {
    t.same(circle(imports(sources, (file) => file.slice(root.length).split('/', 1)[0] ?? '')), [])
  })
}

/** The imports of each file, under the names that `nameOf` gives the files. */
function imports(sources: readonly string[], nameOf: (file: string) => string): Graph {
  const graph = new Map<string, Set<string>>()
  for (const file of sources) {
    const from = nameOf(file)
    const targets = graph.get(from) ?? new Set()
    graph.set(from, targets)
    for (const { fileName } of ts.preProcessFile(read(file), true, true).importedFiles) {
      if (!fileName.startsWith('.')) continue
      const to = nameOf(path.posix.join(path.posix.dirname(file), fileName))
      if (to !== from) targets.add(to)
    }
  }
  return graph
}

/** The names along a circle, or none. */
function circle(graph: Graph): readonly string[] {
  const done = new Set<string>()
  for (const start of graph.keys()) {
    const found = visit(start, [])
    if (found.length > 0) return found
  }
  return []

  function visit(name: string, way: readonly string[]): readonly string[] {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name]
    if (done.has(name)) return []
    for (const next of graph.get(name) ?? []) {
      const found = visit(next, [...way, name])
      if (found.length > 0) return found
    }
    done.add(name)
    return []
  }
}
