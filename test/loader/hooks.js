// The hooks that register.js adds to the module loader of Node.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { resolve as resolveLibrary } from './library-hooks.js'

const ERROR_DOMAIN = new URL('error-domain.js', import.meta.url).href

let conditionsOf = (conditions) => conditions

/** Chooses between the sources of packages and their bundles. */
export function initialize({ isOfBundles }) {
  if (isOfBundles) conditionsOf = (conditions) => conditions.filter((condition) => condition !== '@latchkey/source')
}

/** Finds libraries, and the module that tap loads in place of `async-hook-domain`. */
export async function resolve(specifier, context, nextResolve) {
  if (specifier === 'async-hook-domain') return { url: ERROR_DOMAIN, format: 'module', shortCircuit: true }
  return resolveLibrary(specifier, { ...context, conditions: conditionsOf(context.conditions) }, nextResolve)
}

/**
 * Compiles a module in TypeScript, which Node 22.18 and later do themselves. ts-node, the loader of tap, takes seconds in each
 * process. tsx writes a file as one line, in which coverage finds no lines.
 */
export async function load(url, context, nextLoad) {
  const { protocol, pathname } = new URL(url)
  if (process.features.typescript || protocol !== 'file:' || !pathname.endsWith('.ts')) return nextLoad(url, context)
  const sourcefile = fileURLToPath(url)
  const { code } = await transform(await readFile(sourcefile, 'utf8'), {
    sourcefile,
    loader: 'ts',
    target: 'node20.19',
    sourcemap: 'inline',
    sourcesContent: false
  })
  return { format: 'module', source: code, shortCircuit: true }
}
