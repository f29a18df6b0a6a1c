import type { DevProvider } from '@latchkey/dev-provider'
import type { Answer, Request } from './client.ts'
import type { Introspection } from './introspection.ts'
import type { Issuer } from './issuer.ts'
import type { Stock } from './stock.ts'

/** A kind of requests: one request, or several that belong together. */
export interface Flow {
  readonly name: string
  /** How often it is chosen, in relation to the others. */
  readonly share: number
  /** The statuses that its requests may have while no fault is under way. */
  readonly allowed: readonly number[]
  /** Whether it shows that the server has recovered after a fault. */
  readonly proves?: true
  run(context: FlowContext): Promise<unknown>
}

/** The things that requests need. */
export interface World {
  readonly origin: string
  readonly port: number
  readonly stock: Stock
  readonly main: Issuer
  readonly introspection: Introspection
  readonly providers: { readonly oidc: DevProvider; readonly discord: DevProvider }
  readonly jobSecret: string
  readonly apiSecret: string
}

export interface FlowContext extends World {
  /** Sends a request, counts its status, and reports a status that is not allowed. */
  send(request: Request, allowed?: readonly number[]): Promise<Answer>
  /** Counts a request that was sent in another way. */
  count(status: number, allowed?: readonly number[]): void
  /** Reports a wrong answer with a right status. */
  wrong(what: string): void
}
