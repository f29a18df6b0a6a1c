import type { Endpoint } from './endpoints.ts'

/** The ways in which the provider can be told to misbehave. */
export type FaultName =
  | 'deny'
  | 'expired-code'
  | 'html'
  | 'no-refresh-token'
  | 'reused-code'
  | 'rotated-key'
  | 'slow'
  | 'unavailable'
  | 'wrong-iss-parameter'
  | 'wrong-issuer'
  | 'wrong-nonce'

/** How a fault is to strike. */
export interface FaultSettings {
  /** Where. Default: the first of the endpoints that the fault is for, which is `token` unless there is just one. */
  readonly endpoint?: Endpoint | undefined
  /** How many times. Default: until it is cleared. */
  readonly times?: number | undefined
  /** Milliseconds that `slow` takes, at most an hour. Default: 3000. */
  readonly delay?: number | undefined
  /** The status of `unavailable`, from 500 to 599. Default: 503. */
  readonly status?: number | undefined
}
