import { libraries } from './libraries.js'

/** Finds the one file of a library that has hundreds. */
export async function resolve(specifier, context, nextResolve) {
  const resolved = await nextResolve(specifier, context)
  const url = libraries.get(resolved.url)
  return url === undefined ? resolved : { url, format: 'module', shortCircuit: true }
}
