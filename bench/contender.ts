import type { Algorithm, TrustedKeys } from './tokens.ts'

/** A server under load. */
export interface Server {
  /** Where it answers, without a slash at the end. */
  readonly url: string
  /** The cookie that opens its `/`, for contenders that take one. */
  readonly cookie?: string
  close(): Promise<unknown>
}

/** A ratio of CPU per request that should hold: how much less this contender costs than the other. */
export interface Target {
  /** The name of another contender, or `bare`: a route without any check that is sent the very same request. */
  readonly than: string
  readonly least: number
}

/** One way to answer `GET /`, and the request that is sent to it again and again. */
export interface Contender {
  readonly name: string
  /** What its requests carry. A new token is one that no request carried before it. */
  readonly sends: Algorithm | `new ${Algorithm}` | 'cookie' | 'nothing'
  /** What every answer must be; the bare route is asked for the same. Default: 200. */
  readonly status?: 200 | 401 | 403
  /** What the tokens are good for. Default: all that is asked for. */
  readonly scope?: string
  readonly targets?: readonly Target[]
  start(keys: TrustedKeys): Promise<Server>
}
