// The hooks that register.js adds to the module loader of Node.
import { fileURLToPath } from 'node:url'
import { NOTHING, resolveHook } from './resolving.js'
import { compiled } from './typescript.js'

const standIns = new Map([
  ['async-hook-domain', new URL('error-domain.js', import.meta.url).href],
  // It keeps a list of all modules of a process. Coverage does not need it.
  ['/@tapjs/processinfo/dist/esm/loader.mjs', NOTHING]
])
const findModule = resolveHook(standIns)
let conditionsOf = (conditions) => conditions

/** Chooses between the sources of packages and their bundles. Programs that a test starts need nothing of tap but coverage. */
export function initialize({ isOfBundles, isTest }) {
  if (isOfBundles) conditionsOf = (conditions) => conditions.filter((condition) => condition !== '@latchkey/source')
  if (isTest) return
  standIns.set('/@tapjs/mock/dist/esm/import.mjs', NOTHING)
  standIns.set('/@tapjs/typescript/dist/esm/import.mjs', NOTHING)
}

export async function resolve(specifier, context, nextResolve) {
  return findModule(specifier, { ...context, conditions: conditionsOf(context.conditions) }, nextResolve)
}

/** Compiles a module in TypeScript, unless Node reads TypeScript itself. */
export async function load(url, context, nextLoad) {
  const { protocol, pathname } = new URL(url)
  if (process.features.typescript || protocol !== 'file:' || !pathname.endsWith('.ts')) return nextLoad(url, context)
  return { format: 'module', source: await compiled(fileURLToPath(url)), shortCircuit: true }
}
