import { libraries } from './libraries.js'

/** The URL of a module that does nothing. */
export const NOTHING = 'data:text/javascript,'

/**
 * Returns a hook that finds the one file of a library that has hundreds, and the modules that stand in for others.
 *
 * @param standIns - the end of the name of a module, and the URL of what stands in for it. May be changed later
 */
export function resolveHook(standIns) {
  return async (specifier, context, nextResolve) => {
    for (const [name, url] of standIns) if (specifier.endsWith(name)) return moduleAt(url)
    const resolved = await nextResolve(specifier, context)
    const url = libraries.get(resolved.url)
    return url === undefined ? resolved : moduleAt(url)
  }
}

function moduleAt(url) {
  return { url, format: 'module', shortCircuit: true }
}
