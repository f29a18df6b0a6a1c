// For the programs that users start by tsx: an import in `NODE_OPTIONS`. Other programs have no module hooks, and need none.
import { register } from 'node:module'

if (process.execArgv.some((argument) => /\btsx\b/.test(argument))) register('./beside-tsx-hooks.js', import.meta.url)
