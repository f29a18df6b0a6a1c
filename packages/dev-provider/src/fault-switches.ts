import type { FaultName, FaultSettings } from './fault-settings.ts'
import { faults } from './faults/by-name.ts'
import { OptionError } from './option-error.ts'
import type { Endpoint } from './endpoints.ts'

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
   * @throws OptionError when there is no such fault, or when its settings are not possible
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
    const refusal = refusalOf(name, settings)
    if (refusal) throw refusal
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

/** Returns the error that `set()` would throw, if any. */
export function refusalOf(name: string, settings: FaultSettings): OptionError | undefined {
  const fault = Object.entries(faults).find(([known]) => known === name)?.[1]
  if (!fault) return new OptionError('faults', `must be of ${Object.keys(faults).join(', ')}`)
  const { endpoint, times = 1, delay = 0, status = 500 } = settings
  if (endpoint !== undefined && !fault.endpoints.includes(endpoint)) {
    return new OptionError('endpoint', `must be ${fault.endpoints.join(' or ')} for the fault ${name}`)
  }
  if (!isWhole(times, 1, Number.MAX_SAFE_INTEGER)) return new OptionError('times', 'must be a whole number from 1 on')
  if (!isWhole(delay, 0, 3_600_000)) return new OptionError('delay', 'must be whole milliseconds, at most an hour')
  if (!isWhole(status, 500, 599)) return new OptionError('status', 'must be from 500 to 599')
  return undefined
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most
}
