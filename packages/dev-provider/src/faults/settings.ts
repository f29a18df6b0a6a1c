import type { Endpoint } from '../profiles/endpoints.ts'

/** The names of the faults. */
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

/** The settings of a fault. */
export interface FaultSettings {
  /** The endpoint. Default: the first endpoint of the fault, which is `token` unless it has only one. */
  readonly endpoint?: Endpoint | undefined
  /** How many times it strikes. Default: until it is cleared. */
  readonly times?: number | undefined
  /** The delay of `slow` in milliseconds, at most an hour. Default: 3000. */
  readonly delay?: number | undefined
  /** The status of `unavailable`, from 500 to 599. Default: 503. */
  readonly status?: number | undefined
}
