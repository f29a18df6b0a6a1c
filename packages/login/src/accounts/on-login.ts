import { redactedError } from '@latchkey/guard'
import type { Account } from '@latchkey/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { within } from '../provider-client/deadline.ts'
import { LoginError } from '../errors.ts'
import type { ProviderIdentity } from '../provider-client/identity.ts'
import type { Claims } from '../providers/provider.ts'
import type { ProviderTokens } from '../provider-client/token-response.ts'

/** A login that the provider has vouched for, and that nothing has come of yet. */
export interface LoginAttempt {
  /** The provider's name here. */
  readonly provider: string
  /** Who the provider says that this is. Unique only together with `provider`: never find people by `email`. */
  readonly identity: ProviderIdentity
  readonly tokens: ProviderTokens
  /** The claims of the verified ID token; empty for a provider that sends none. Written by the provider. */
  readonly claims: Claims
  /** What the userinfo endpoint said; empty when it was not asked. Written by the provider, and not checked. */
  readonly userinfo: Claims
  /** The account that the identity belongs to; `null` for somebody new, and without `store`. */
  readonly account: Account | null
}

/** Who signs in. */
export interface LoginDecision {
  /** Default: the account of the identity, which is made for somebody new. */
  readonly subject?: string | undefined
  /** What the session carries. Default: all that its subject may do. */
  readonly scopes?: readonly string[] | undefined
  /** What the session remembers: small, and no tokens. */
  readonly claims?: Claims | undefined
}

/**
 * Decides who a login is. `undefined` leaves it to the account. One that has answered the request itself signs nobody in.
 *
 * @throws LoginRefusedError to turn somebody away
 */
export type OnLogin = (
  login: LoginAttempt,
  request: FastifyRequest,
  reply: FastifyReply
) => LoginDecision | FastifyReply | undefined | Promise<LoginDecision | FastifyReply | undefined>

const PATIENCE = 10_000

/**
 * What `onLogin` decided; `null` when it has answered the request.
 *
 * @throws LoginError as the hook threw it, and `server_error` for whatever else it did
 */
export async function decide(
  onLogin: OnLogin | undefined,
  login: LoginAttempt,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<LoginDecision | null> {
  if (onLogin === undefined) return {}
  const ask = async (): Promise<unknown> => onLogin(login, request, reply)
  const answer = await within(PATIENCE, () => ask().catch((thrown: unknown) => failed(thrown, login)), late)
  if (reply.sent) return null
  const decision = answer as LoginDecision | undefined // a reply is awaited until it was sent
  if (decision === undefined) return {}
  const { subject } = decision
  if (subject === undefined || (typeof subject === 'string' && subject !== '')) return decision
  throw new LoginError('server_error', { cause: 'onLogin must give a text as the subject' })
}

function late(): LoginError {
  return new LoginError('server_error', { cause: 'onLogin took too long' })
}

function failed(thrown: unknown, { tokens: { accessToken, refreshToken, idToken } }: LoginAttempt): never {
  if (thrown instanceof LoginError) throw thrown
  const secrets = [accessToken, refreshToken, idToken].filter((token) => token !== null)
  const cause = redactedError(thrown, secrets)
  const isUnavailable = cause instanceof Error && 'statusCode' in cause && cause.statusCode === 503
  throw isUnavailable ? cause : new LoginError('server_error', { cause })
}
