import { readFileSync } from 'node:fs'
import path from 'node:path'
import { globSync } from 'tinyglobby'
import { Application, Converter } from 'typedoc'
import { root } from './pages.js'

/** Writes a page for each entry point of each package, made of its TSDoc. */
export async function writeReference(folder) {
  const entryPoints = publicEntryPoints()
  // Modules are named by the paths of their files at first.
  const names = new Map(
    [...entryPoints].map(([file, name]) => [
      path.relative(path.join(root, 'packages'), file).replace(/(?:\/index)?\.ts$/, ''),
      name
    ])
  )
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    tsconfig: path.join(import.meta.dirname, 'tsconfig.json'),
    entryPoints: [...entryPoints.keys()],
    out: folder,
    router: 'module',
    readme: 'none',
    disableGit: true,
    disableSources: true,
    excludeExternals: true,
    excludeInternal: true,
    skipErrorChecking: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    entryFileName: 'index',
    outputFileStrategy: 'modules',
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    useCodeBlocks: true,
    expandObjects: true,
    logLevel: 'Warn',
    validation: false
  })
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) module.name = names.get(module.name) ?? module.name
  })
  const project = await app.convert()
  if (project === undefined) throw new Error('the sources could not be read')
  await app.generateOutputs(project)
}

function publicEntryPoints() {
  const manifests = globSync('packages/*/package.json', { cwd: root, absolute: true }).sort()
  return new Map(
    manifests.flatMap((manifest) => {
      const { name, exports } = JSON.parse(readFileSync(manifest, 'utf8'))
      return Object.entries(exports).map(([subpath, conditions]) => [
        path.join(path.dirname(manifest), conditions['@latchkey/source']),
        path.posix.join(name, subpath)
      ])
    })
  )
}
