import * as o from '@latchkey/options'
import { featureOf } from '../feature.ts'

/** The options of the device authorization grant. */
export interface DeviceOptions {
  /** The path of the endpoint where a device gets its codes. Default: `/device_authorization`. */
  path?: string
  /** The path of the page where a user enters the code of a device. People type it: keep it short. Default: `/device`. */
  verificationPath?: string
  /** How long the codes of a device are valid, in seconds, at most 3600. Default: 600. */
  lifetime?: number
  /** How long a device waits between two requests for its tokens, in seconds, at most 60. Default: 5. */
  interval?: number
}

/** The options with their defaults. */
export type ResolvedDeviceOptions = Required<Readonly<DeviceOptions>>

const DEFAULTS: ResolvedDeviceOptions = {
  path: '/device_authorization',
  verificationPath: '/device',
  lifetime: 600,
  interval: 5
}

const path = o.must("be a path such as '/device'", o.isRoutePath)

/** The schema of the option `device`: `true` for all defaults. */
export const deviceOption: o.Schema<boolean | ResolvedDeviceOptions> = o.optional(
  o.either(
    o.isObject,
    o.members({
      path: o.optional(path, DEFAULTS.path),
      verificationPath: o.optional(path, DEFAULTS.verificationPath),
      lifetime: o.optional(o.integer(1, 3600, 'seconds'), DEFAULTS.lifetime),
      interval: o.optional(o.integer(1, 60, 'seconds'), DEFAULTS.interval)
    }),
    o.must<boolean>('be true, false or an object such as { lifetime: 600 }', o.isBoolean)
  ),
  false
)

/** Returns the options that the checked option `device` means; `null` for none. */
export function deviceOptions(option: boolean | ResolvedDeviceOptions): ResolvedDeviceOptions | null {
  return featureOf(option, DEFAULTS)
}
