/** A module that is loaded in the background when a server is ready, or by the first call that needs it. */
export interface LateModule<Module> {
  /**
   * Returns the module. All calls share one load. After a failed load, the next call loads again.
   *
   * @throws Error that names the module. Its `cause` is the error of the load
   */
  readonly get: () => Promise<Module>
  /** Loads the module in the background. Never rejects: `get` throws the error to the caller that needs the module. */
  readonly prepare: () => Promise<void>
}

/**
 * Delays the load of a module that is slow to load and not needed to start a server.
 *
 * @param name - the name of the module, for the error
 * @param load - imports the module
 * @example
 * const zlib = lateModule('node:zlib', () => import('node:zlib'))
 * app.addHook('onReady', async () => void zlib.prepare())
 * const { gzipSync } = await zlib.get()
 */
export function lateModule<Module>(name: string, load: () => Promise<Module>): LateModule<Module> {
  let loaded: Promise<Module> | undefined

  return Object.freeze({ get, prepare: () => get().then(ignore, ignore) } satisfies LateModule<Module>)

  function get(): Promise<Module> {
    loaded ??= load().catch((cause: unknown) => {
      loaded = undefined
      throw new Error(`The module "${name}" cannot be loaded. Fix: install it again`, { cause })
    })
    return loaded
  }
}

function ignore(): void {}
