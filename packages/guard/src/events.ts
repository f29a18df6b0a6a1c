import { type Channel, channel } from 'node:diagnostics_channel'
import type { FastifyRequest } from 'fastify'
import { InsufficientScopeError, InsufficientUserAuthenticationError } from './errors.ts'
import type { Refusal } from './refusal.ts'
import type { RouteAccess } from './route-access.ts'

/** What the events of a request have in common. Nothing else of the request is in them. */
interface RequestEvent {
  readonly method: string
  /** The pattern of the route, as registered; `null` where there is no route. */
  readonly route: string | null
  /** Fastify's `request.id`: by the option `requestIdHeader` it may be the client's word. */
  readonly requestId: string
  /** The authenticator, by its `scheme`; `null` for an anonymous caller. */
  readonly scheme: string | null
  /** Who was vouched for, as far as that is known. Unique only together with `issuer`. */
  readonly subject: string | null
  readonly issuer: string | null
  /** The `code` of the error, `LATCHKEY_...`; `null` where there was none. */
  readonly code: string | null
}

/**
 * Who a request was found to come from: what subscribers of the diagnostics channel `latchkey:authentication` are given,
 * once for each request that the guard looks at. `refused` is a credential that is no good, or that could not be judged:
 * `code` tells. No credential is in it, and no part of one.
 */
export interface AuthenticationEvent extends RequestEvent {
  readonly outcome: 'accepted' | 'refused' | 'anonymous'
}

/**
 * Whether a request was let in: what subscribers of the diagnostics channel `latchkey:authorization` are given, once for
 * each request whose credential was not refused. A request that was let in, and that the application then refuses by an error of
 * this package, has a second one, `denied`.
 */
export interface AuthorizationEvent extends RequestEvent {
  readonly outcome: 'granted' | 'denied'
  /** The scopes that a denied caller lacks, with those that go with them; empty otherwise. The challenge may name none. */
  readonly scopes: readonly string[]
  /** How many seconds ago the login may be that a denied caller was asked for; `null` where none was. */
  readonly maxAge: number | null
}

/** As much of a caller as is known. */
export interface Caller {
  readonly scheme: string
  readonly subject?: string | undefined
  readonly issuer?: string | null | undefined
}

const authentications: Channel = channel('latchkey:authentication')
const authorizations: Channel = channel('latchkey:authorization')

/** Tells who listens where a request comes from; costs nothing while nobody does. */
export function announceAuthentication(
  request: FastifyRequest,
  { route }: RouteAccess,
  outcome: AuthenticationEvent['outcome'],
  caller: Caller | null,
  refusal: Refusal | null
): void {
  if (!authentications.hasSubscribers) return
  authentications.publish(
    Object.freeze({ outcome, ...facts(request, route, caller, refusal) } satisfies AuthenticationEvent)
  )
}

/** Tells who listens whether a request was let in, which it was without a refusal; costs nothing while nobody does. */
export function announceAuthorization(
  request: FastifyRequest,
  { route }: RouteAccess,
  caller: Caller | null,
  refusal: Refusal | null
): void {
  if (!authorizations.hasSubscribers) return
  authorizations.publish(
    Object.freeze({
      outcome: refusal === null ? 'granted' : 'denied',
      ...facts(request, route, caller, refusal),
      scopes: refusal instanceof InsufficientScopeError ? refusal.scopes : [],
      maxAge: refusal instanceof InsufficientUserAuthenticationError ? refusal.maxAge : null
    } satisfies AuthorizationEvent)
  )
}

function facts(
  { method, id }: FastifyRequest,
  route: string | null,
  caller: Caller | null,
  refusal: Refusal | null
): RequestEvent {
  const { scheme = null, subject = null, issuer = null } = caller ?? {}
  return { method, route, requestId: id, scheme, subject, issuer, code: refusal?.code ?? null }
}
