import { type Channel, channel } from 'node:diagnostics_channel'
import type { FastifyRequest } from 'fastify'
import { ReasonError } from '@latchkey/options'
import { InsufficientScopeError, InsufficientUserAuthenticationError } from './errors.ts'
import type { Refusal } from './refusal.ts'
import type { RouteAccess } from './route-access.ts'
import { type LatchkeyEvent, type Telling, tell } from './tell.ts'

/** The common members of the events. Nothing else of the request is in them. */
interface RequestEvent extends LatchkeyEvent {
  readonly method: string
  /** The pattern of the route, as registered; `null` where there is no route. */
  readonly route: string | null
  /** Fastify's `request.id`. With the option `requestIdHeader` the client can choose it. */
  readonly requestId: string
  /** The `scheme` of the authenticator; `null` for an anonymous caller. */
  readonly scheme: string | null
  /** The subject of the credential; `null` if it is not known. Unique only together with `issuer`. */
  readonly subject: string | null
  readonly issuer: string | null
  /** The `code` of the error, `LATCHKEY_...`; `null` if there was no error. */
  readonly code: string | null
}

/**
 * The result of authentication. Subscribers of the diagnostics channel `latchkey:authentication` get it once for each request
 * that the guard authorizes. `refused`: the credential is not valid, or it could not be checked; `code` has the reason. The
 * event contains no credential and no part of one.
 */
export interface AuthenticationEvent extends RequestEvent {
  readonly kind: 'accepted' | 'refused' | 'anonymous'
}

/**
 * The result of authorization. Subscribers of the diagnostics channel `latchkey:authorization` get it once for each request
 * whose credential was not refused. If the application refuses an admitted request with an error of this package, a second
 * event follows: `denied`.
 */
export interface AuthorizationEvent extends RequestEvent {
  readonly kind: 'granted' | 'denied'
  /**
   * The scopes that a denied caller needs, including those that the caller already has; empty otherwise. The challenge may name
   * none.
   */
  readonly scopes: readonly string[]
  /** The greatest allowed age of the login in seconds, if the caller was denied for it; `null` otherwise. */
  readonly maxAge: number | null
}

/** The known members of a caller. */
export interface Caller {
  readonly scheme: string
  readonly subject?: string | undefined
  readonly issuer?: string | null | undefined
}

const authentications: Channel = channel('latchkey:authentication')
const authorizations: Channel = channel('latchkey:authorization')

/** Publishes an {@link AuthenticationEvent}, and logs a refusal. Costs nothing without subscribers and without a refusal. */
export function announceAuthentication(
  request: FastifyRequest,
  { route }: RouteAccess,
  kind: AuthenticationEvent['kind'],
  caller: Caller | null,
  refusal: Refusal | null
): void {
  if (refusal === null && !authentications.hasSubscribers) return
  const event = { kind, ...facts(request, route, caller, refusal) } satisfies AuthenticationEvent
  tell(authentications, event, lineOf(request, refusal))
}

/** Publishes an {@link AuthorizationEvent}: `granted` if `refusal` is `null`. Otherwise as {@link announceAuthentication}. */
export function announceAuthorization(
  request: FastifyRequest,
  { route }: RouteAccess,
  caller: Caller | null,
  refusal: Refusal | null
): void {
  if (refusal === null && !authorizations.hasSubscribers) return
  const event = {
    kind: refusal === null ? 'granted' : 'denied',
    scopes: refusal instanceof InsufficientScopeError ? refusal.scopes : [],
    maxAge: refusal instanceof InsufficientUserAuthenticationError ? refusal.maxAge : null,
    ...facts(request, route, caller, refusal)
  } satisfies AuthorizationEvent
  tell(authorizations, event, lineOf(request, refusal))
}

function facts(
  { method, id }: FastifyRequest,
  route: string | null,
  caller: Caller | null,
  refusal: Refusal | null
): Omit<RequestEvent, 'kind'> {
  const { scheme = null, subject = null, issuer = null } = caller ?? {}
  return { method, route, requestId: id, scheme, subject, issuer, code: refusal?.code ?? null }
}

function lineOf({ log }: FastifyRequest, refusal: Refusal | null): Telling | undefined {
  if (refusal === null) return undefined
  return { log, message: 'The guard refused a request', details: () => ({ reason: reasonOf(refusal.cause) }) }
}

/** Returns the text of a {@link ReasonError}, or the `code` of another error, such as `LATCHKEY_UPSTREAM_TIMEOUT`. */
function reasonOf(cause: unknown): string | undefined {
  if (cause instanceof ReasonError) return cause.message
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
}
