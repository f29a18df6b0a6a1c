import { isWhole, RegistrationError } from '@latchkey/options'
import type { Endpoint } from '../profiles/endpoints.ts'
import type { FaultName, FaultSettings } from './settings.ts'
import { faults } from './table.ts'

/** Reads a fault from the fields of a form or a command line. Does not check it: `set()` does. */
export function faultFromFields(fields: Readonly<Record<string, string>>): [FaultName, FaultSettings] {
  const { fault = '', endpoint, times, delay, status } = fields
  const settings = {
    endpoint: endpoint as Endpoint | undefined, // set() refuses an unknown endpoint
    times: number(times),
    delay: number(delay),
    status: number(status)
  }
  return [fault as FaultName, settings] // set() refuses an unknown name
}

function number(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : Number(text)
}

/** Returns the error that `set()` throws for a name and settings, if any. */
export function settingsError(name: string, settings: FaultSettings): RegistrationError | undefined {
  const fault = Object.entries(faults).find(([known]) => known === name)?.[1]
  if (!fault) return wrong(`faults must be one of ${Object.keys(faults).join(', ')}`)
  const { endpoint, times = 1, delay = 0, status = 500 } = settings
  if (endpoint !== undefined && !fault.endpoints.includes(endpoint)) {
    return wrong(`endpoint must be ${fault.endpoints.join(' or ')} for the fault ${name}`)
  }
  if (!isWhole(times, 1, Number.MAX_SAFE_INTEGER)) return wrong('times must be a whole number, at least 1')
  if (!isWhole(delay, 0, 3_600_000)) return wrong('delay must be a whole number of milliseconds from 0 to 3600000')
  return isWhole(status, 500, 599) ? undefined : wrong('status must be a whole number from 500 to 599')
}

function wrong(fault: string): RegistrationError {
  return new RegistrationError('@latchkey/dev-provider', fault)
}
