import * as o from '@latchkey/options'
import type { FastifyInstance } from 'fastify'
import { rootOf } from './root-of.ts'

/** One plugin's description of itself, for {@link addInspection}. */
export interface Inspection {
  /** The name of the plugin, such as `@latchkey/session`. */
  readonly plugin: string
  /**
   * Returns facts as plain data that JSON can hold. Never a secret, a token or a key: tools print them. Called when the server is
   * ready, and only by a tool.
   */
  readonly facts: () => object
}

/** The facts of one plugin, as {@link inspections} returns them. */
export interface InspectedPlugin {
  readonly plugin: string
  readonly facts: Readonly<Record<string, unknown>>
}

// Registered, because a tool may have another copy of this package than the application.
const added = Symbol.for('@latchkey/guard: inspections')

const schema = o.shape<Inspection>({ plugin: o.text, facts: o.aFunction() })

/**
 * Lets tools, such as `latchkey doctor`, read facts about a plugin: non-secret options and state. For authors of plugins. Costs
 * requests nothing.
 *
 * @throws RegistrationError naming the missing or wrong member
 *
 * @example addInspection(app, { plugin: 'my-keys', facts: () => ({ prefix: options.prefix }) })
 */
export function addInspection(context: FastifyInstance, inspection: Inspection): void {
  o.checkArgument('addInspection()', 'inspection', schema, inspection)
  const root = rootOf(context)
  if (listOf(root) === undefined) Object.defineProperty(root, added, { value: [] })
  listOf(root)?.push(inspection)
}

/**
 * Returns the facts of all plugins of a server, in the order of their registration. Call it when the server is ready. The facts
 * are copies.
 *
 * @example inspections(app).filter(({ plugin }) => plugin === '@latchkey/guard')
 */
export function inspections(app: FastifyInstance): readonly InspectedPlugin[] {
  const all = listOf(rootOf(app)) ?? []
  return all.map(({ plugin, facts }) => ({
    plugin,
    facts: JSON.parse(JSON.stringify(facts())) as InspectedPlugin['facts']
  }))
}

function listOf(root: FastifyInstance): Inspection[] | undefined {
  return Reflect.get(root, added) as Inspection[] | undefined // only addInspection() defines it
}
