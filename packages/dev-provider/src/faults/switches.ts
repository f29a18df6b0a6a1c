import type { Endpoint } from '../profiles/endpoints.ts'
import { settingsError } from './input.ts'
import type { FaultName, FaultSettings } from './settings.ts'
import { faults } from './table.ts'

/** A fault that is on. */
export interface ActiveFault {
  readonly name: FaultName
  readonly endpoint: Endpoint
  /** How many more times it strikes. Without it: until it is cleared. */
  readonly times?: number
  /** In milliseconds, for `slow`. */
  readonly delay: number
  /** For `unavailable`. */
  readonly status: number
}

/** Switches faults on and off. A change takes effect with the next request. */
export interface Faults {
  /**
   * Switches a fault on, or changes its settings. A fault is on at one endpoint at a time.
   *
   * @throws RegistrationError when there is no such fault, or when a setting is wrong
   */
  set(name: FaultName, settings?: FaultSettings): void
  /** Switches one fault off, or all. Does nothing for a fault that is off. */
  clear(name?: FaultName): void
  /** The faults that are on. */
  readonly active: readonly ActiveFault[]
}

/** A fault that is on, or has struck as often as it was set to. */
interface Switch extends Omit<ActiveFault, 'times'> {
  left: number
}

/** The switches of one instance, with the methods that the provider uses. */
export class FaultSwitches implements Faults {
  readonly #switches = new Map<FaultName, Switch>()

  get active(): readonly ActiveFault[] {
    return this.#on.map(({ left, ...active }) => (left === Infinity ? active : { ...active, times: left }))
  }

  set(name: FaultName, settings: FaultSettings = {}): void {
    const error = settingsError(name, settings)
    if (error) throw error
    const { endpoint, times, delay = 3000, status = 503 } = settings
    const { endpoints } = faults[name]
    this.#switches.set(name, { name, endpoint: endpoint ?? endpoints[0], delay, status, left: times ?? Infinity })
  }

  clear(name?: FaultName): void {
    if (name === undefined) this.#switches.clear()
    else this.#switches.delete(name)
  }

  /** Returns the faults that strike now at an endpoint, and counts each of them. */
  take(endpoint: Endpoint): Switch[] {
    const taken = this.#on.filter((each) => each.endpoint === endpoint)
    for (const each of taken) each.left -= 1
    return taken
  }

  /** Undoes the count of a fault that made no difference. */
  giveBack(taken: Switch): void {
    taken.left += 1
  }

  get #on(): Switch[] {
    return [...this.#switches.values()].filter(({ left }) => left > 0)
  }
}
