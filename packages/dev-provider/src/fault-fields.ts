import type { FaultName, FaultSettings } from './fault-settings.ts'
import type { Endpoint } from './endpoints.ts'

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
