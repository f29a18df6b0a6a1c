// The hook of beside-tsx.js.
import { NOTHING, resolveHook } from './resolving.js'

// tap adds the module to each process, to keep a list of its modules.
export const resolve = resolveHook(new Map([['/@tapjs/processinfo/dist/esm/import.mjs', NOTHING]]))
