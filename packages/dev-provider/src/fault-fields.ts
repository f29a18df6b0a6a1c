import type { FaultName, FaultSettings } from './fault-settings.ts'
import type { Endpoint } from './endpoints.ts'

/** A fault out of text, as forms and command lines give it. What does not hold together is for `set()` to refuse. */
export function faultFromFields(fields: Readonly<Record<string, string>>): [FaultName, FaultSettings] {
  const { fault = '', endpoint, times, delay, status } = fields
  const settings = {
    endpoint: endpoint as Endpoint | undefined, // set() refuses what is none
    times: number(times),
    delay: number(delay),
    status: number(status)
  }
  return [fault as FaultName, settings] // set() refuses what is none
}

function number(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : Number(text)
}
