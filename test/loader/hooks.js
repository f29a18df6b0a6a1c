// The hooks that register.js adds to the module loader of Node.
import { fileURLToPath } from 'node:url'
import { resolve as resolveLibrary } from './library-hooks.js'
import { compiled } from './typescript.js'

const ERROR_DOMAIN = new URL('error-domain.js', import.meta.url).href
const NOTHING = 'data:text/javascript,'

/** The modules of other libraries that are replaced: the end of a name, and the URL of what stands in. */
const replaced = new Map([
  ['async-hook-domain', ERROR_DOMAIN],
  // It keeps a list of all modules of a process. Coverage does not need it.
  ['/@tapjs/processinfo/dist/esm/loader.mjs', NOTHING]
])
let conditionsOf = (conditions) => conditions

/** Chooses between the sources of packages and their bundles. Programs that a test starts need nothing of tap but coverage. */
export function initialize({ isOfBundles, isTest }) {
  if (isOfBundles) conditionsOf = (conditions) => conditions.filter((condition) => condition !== '@latchkey/source')
  if (isTest) return
  replaced.set('/@tapjs/mock/dist/esm/import.mjs', NOTHING)
  replaced.set('/@tapjs/typescript/dist/esm/import.mjs', NOTHING)
}

/** Finds libraries, and the modules that stand in for others. */
export async function resolve(specifier, context, nextResolve) {
  for (const [name, url] of replaced) {
    if (specifier.endsWith(name)) return { url, format: 'module', shortCircuit: true }
  }
  return resolveLibrary(specifier, { ...context, conditions: conditionsOf(context.conditions) }, nextResolve)
}

/** Compiles a module in TypeScript, unless Node reads TypeScript itself. */
export async function load(url, context, nextLoad) {
  const { protocol, pathname } = new URL(url)
  if (process.features.typescript || protocol !== 'file:' || !pathname.endsWith('.ts')) return nextLoad(url, context)
  return { format: 'module', source: await compiled(fileURLToPath(url)), shortCircuit: true }
}
