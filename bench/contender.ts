import type { Algorithm, Differences, TrustedKeys } from './tokens.ts'

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
  /** How the tokens differ from good ones. */
  readonly token?: Differences
  /** What it checks, and has to prove. `everything` is the default. */
  readonly checks?: 'everything' | 'the signature' | 'nothing'
  /** The reason why it cannot run on this machine; `undefined` when it can. */
  readonly unavailable?: () => Promise<string | undefined>
  /** Whether `--quick` measures it. */
  readonly isQuick?: boolean
  readonly targets?: readonly Target[]
  start(keys: TrustedKeys): Promise<Server>
}

/** Whether no request before carried the same credential. */
export function sendsNew({ sends }: Contender): boolean {
  return sends.startsWith('new ')
}
