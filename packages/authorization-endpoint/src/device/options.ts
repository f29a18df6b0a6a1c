import * as o from '@latchkey/options'

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

const path = o.must("be a path such as '/device'", o.isRoutePath)

/** The schema of the option `device`. */
export const deviceOption: o.Schema<ResolvedDeviceOptions | null> = o.feature<ResolvedDeviceOptions>(
  o.members({
    path: o.optional(path, '/device_authorization'),
    verificationPath: o.optional(path, '/device'),
    lifetime: o.optional(o.integer(1, 3600, 'seconds'), 600),
    interval: o.optional(o.integer(1, 60, 'seconds'), 5)
  }),
  o.must('be true, false or an object such as { lifetime: 600 }', o.isBoolean)
)
