// The hooks of beside-tsx.js.
import { resolve as resolveLibrary } from './library-hooks.js'

const NOTHING = { url: 'data:text/javascript,', format: 'module', shortCircuit: true }

/** Finds libraries, and nothing for the module that tap adds to each process to keep a list of its modules. */
export async function resolve(specifier, context, nextResolve) {
  if (specifier.endsWith('/@tapjs/processinfo/dist/esm/import.mjs')) return NOTHING
  return resolveLibrary(specifier, context, nextResolve)
}
