import { EventEmitter, once } from 'node:events'
import module from 'node:module'
import { MessageChannel } from 'node:worker_threads'

/** The modules that this process imports by name. */
export interface LateModules {
  /** The names so far, in the order of the imports. */
  names(): Promise<readonly string[]>
  /** Resolves when a module has been imported by name. */
  reach(name: string): Promise<void>
}

type Resolve = (
  specifier: string,
  context: object,
  nextResolve: (specifier: string, context: object) => unknown
) => unknown

// Below Node 24, tap has asynchronous hooks, which deadlock with synchronous ones. The types are those of Node 20.
const { registerHooks } = module as { readonly registerHooks?: (hooks: { readonly resolve: Resolve }) => unknown }

const HOOKS = `
let port
export const initialize = (given) => void (port = given)
export async function resolve(specifier, context, nextResolve) {
  port.postMessage(specifier)
  return nextResolve(specifier, context)
}`

/** Watches the imports from now on. They are watched until the process ends, so the test file needs a process of its own. */
export function watchModules(...watched: readonly string[]): LateModules {
  const names: string[] = []
  const imports = new EventEmitter()
  const { port1, port2 } = new MessageChannel()
  const hear = (specifier: string): void => {
    if (watched.includes(specifier)) names.push(specifier)
    imports.emit(specifier)
  }
  port1.on('message', hear)
  if (registerHooks === undefined || Number.parseInt(process.versions.node) < 24) {
    const url = `data:text/javascript,${encodeURIComponent(HOOKS)}`
    module.register(url, { data: port2, transferList: [port2] })
  } else {
    registerHooks({
      resolve(specifier, context, nextResolve) {
        hear(specifier)
        return nextResolve(specifier, context)
      }
    })
  }
  port1.unref()
  let marks = 0

  return {
    async names() {
      // The messages keep their order, so all earlier ones have arrived with this one.
      const mark = `data:text/javascript,${String(++marks)}`
      const arrived = once(imports, mark)
      port1.ref()
      await import(mark)
      await arrived
      port1.unref()
      return [...names]
    },
    async reach(name) {
      port1.ref()
      while (!names.includes(name)) await once(imports, name)
      port1.unref()
    }
  }
}
