// The hooks that register.js adds to the module loader of Node.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'

/** Compiles a module in TypeScript; leaves all others to Node. */
export async function load(url, context, nextLoad) {
  const { protocol, pathname } = new URL(url)
  if (protocol !== 'file:' || !pathname.endsWith('.ts')) return nextLoad(url, context)
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
