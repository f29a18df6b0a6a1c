import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Authenticator } from './authenticator.ts'
import type { Challenger } from './challenge.ts'
import { announceAuthentication, announceAuthorization, type Caller } from './events.ts'
import type { Standing } from './principals.ts'
import type { Refusal } from './refusal.ts'
import type { RouteAccess } from './route-access.ts'
import { settleHeaders } from './settled-headers.ts'
import { signInUrl } from './sign-in-url.ts'

/** A request that the guard, or later the application, refuses. */
export interface Denied {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** `null` if no rule applies: the answer gets its headers, but no log line and no event. */
  readonly access: RouteAccess | null
  readonly refusal: Refusal
  /** `credential`: the credential is not valid. `access`: the caller may not do this. */
  readonly of: 'credential' | 'access'
  readonly caller: Caller | null
  readonly standing: Standing | null
  readonly by: Authenticator | undefined
}

/** The authenticators of a guard. */
export interface WaysIn {
  readonly all: readonly Authenticator[]
  /** The request headers that they read, for `Vary`. */
  readonly vary: string
}

/** Writes headers, log lines and events of all refusals. */
export interface Denials {
  /**
   * Writes the headers of a refusal, its log line and its event. The log line and the event are written once for each request,
   * even if another refusal follows. No other code writes them.
   *
   * @returns the URL to redirect a browser to for sign-in (303), or `null`
   */
  deny(denied: Denied): string | null
  /** Whether this same error was denied already. */
  isDenied(request: FastifyRequest, error: unknown): boolean
}

const deniedWith = Symbol('refusal')
type DeniedRequest = FastifyRequest & { [deniedWith]?: Refusal }

export function denials(challenger: Challenger, waysIn: WaysIn): Denials {
  return {
    deny(denied) {
      const { request, reply, access, refusal, by } = denied
      const { all, vary } = waysIn
      if (access) announce(denied, access)
      const marked: DeniedRequest = request
      marked[deniedWith] = refusal
      settleHeaders(reply, { vary, storing: 'never' })
      const url = denied.of === 'access' && access ? signInUrl(request, refusal, by ? [by] : all) : null
      if (url === null) challenger.write(reply, refusal, denied)
      return url
    },
    isDenied: (request: DeniedRequest, error) => request[deniedWith] === error
  }
}

function announce({ request, refusal, of, caller }: Denied, access: RouteAccess): void {
  if ((request as DeniedRequest)[deniedWith] !== undefined) return
  if (of === 'credential') announceAuthentication(request, access, 'refused', caller, refusal)
  else announceAuthorization(request, access, caller, refusal)
}
