import { EventEmitter, once } from 'node:events'
import { register } from 'node:module'
import { MessageChannel } from 'node:worker_threads'

/** The modules that this process imports by name. */
export interface LateModules {
  /** The names so far, in the order of the imports. */
  names(): Promise<readonly string[]>
  /** Resolves when a module has been imported by name. */
  reach(name: string): Promise<void>
}

const HOOKS = `
let port
export const initialize = (given) => void (port = given)
export async function resolve(specifier, context, nextResolve) {
  port.postMessage(specifier)
  return nextResolve(specifier, context)
}`

/** Watches the imports from now on. They are watched until the process ends, so the test file needs a process of its own. */
export function watchModules(...watched: readonly string[]): LateModules {
  const { port1, port2 } = new MessageChannel()
  const names: string[] = []
  const imports = new EventEmitter()
  port1.on('message', (specifier: string) => {
    if (watched.includes(specifier)) names.push(specifier)
    imports.emit(specifier)
  })
  register(`data:text/javascript,${encodeURIComponent(HOOKS)}`, { data: port2, transferList: [port2] })
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
