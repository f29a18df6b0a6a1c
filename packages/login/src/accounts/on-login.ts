import { isUnavailable, redactedError } from '@latchkey/guard/plugin'
import { isRecord, isText, kindOf } from '@latchkey/options'
import type { Account } from '@latchkey/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { withTimeout } from '@latchkey/promises'
import { LoginError } from '../errors.ts'
import type { ProviderIdentity } from '../provider-client/identity.ts'
import type { Claims } from '../providers/provider.ts'
import type { ProviderTokens } from '../provider-client/token-response.ts'

/** A login that the provider has confirmed, before anything is stored or signed in. */
export interface LoginAttempt {
  /** The name of the provider in this application. */
  readonly provider: string
  /** The identity from the provider. `subject` is unique only together with `provider`: never find users by `email`. */
  readonly identity: ProviderIdentity
  readonly tokens: ProviderTokens
  /** The claims of the verified ID token; empty if the provider sends none. Their content is the provider's, unfiltered. */
  readonly claims: Claims
  /** The answer of the userinfo endpoint; empty if it was not asked. Its content is the provider's, unchecked. */
  readonly userinfo: Claims
  /** The account of the identity; `null` for a new user, and without `store`. */
  readonly account: Account | null
}

/** The subject that a login signs in, and the content of its session. */
export interface LoginDecision {
  /** Default: the account of the identity, which is created for a new user. */
  readonly subject?: string | undefined
  /** The scopes of the session. Default: all permissions of the subject. */
  readonly scopes?: readonly string[] | undefined
  /** The claims of the session. Keep them small, and store no tokens in them. */
  readonly claims?: Claims | undefined
}

/**
 * Decides which subject a login signs in. For `undefined`, the account of the identity is signed in. If it answers the request
 * itself, nothing is signed in.
 *
 * @throws LoginRefusedError to refuse the login
 */
export type OnLogin = (
  login: LoginAttempt,
  request: FastifyRequest,
  reply: FastifyReply
) => LoginDecision | FastifyReply | undefined | Promise<LoginDecision | FastifyReply | undefined>

const PATIENCE = 10_000

/**
 * Returns the decision of `onLogin`; `null` when it has answered the request.
 *
 * @throws LoginError as `onLogin` threw it; `server_error` for any other failure of it
 */
export async function decide(
  onLogin: OnLogin | undefined,
  login: LoginAttempt,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<LoginDecision | null> {
  if (onLogin === undefined) return {}
  const ask = async (): Promise<unknown> => onLogin(login, request, reply)
  const answer = await withTimeout(PATIENCE, () => ask().catch((thrown: unknown) => failed(thrown, login)), late)
  if (reply.sent) return null
  if (answer === undefined) return {}
  // `false` may be meant as a refusal.
  if (!isRecord(answer))
    throw wrong('an object with subject, scopes and claims, or with some of them, or undefined', answer)
  const { subject, claims } = answer
  if (subject !== undefined && !isText(subject)) throw wrong('a non-empty string as the subject', subject)
  if (claims !== undefined && !isRecord(claims)) throw wrong('an object as the claims', claims)
  return answer
}

function wrong(expected: string, answer: unknown): LoginError {
  return new LoginError('server_error', { cause: `onLogin must return ${expected}; got ${kindOf(answer)}` })
}

function late(): LoginError {
  return new LoginError('server_error', { cause: 'onLogin took too long' })
}

function failed(thrown: unknown, { tokens: { accessToken, refreshToken, idToken } }: LoginAttempt): never {
  if (thrown instanceof LoginError) throw thrown
  const secrets = [accessToken, refreshToken, idToken].filter((token) => token !== null)
  const cause = redactedError(thrown, secrets)
  throw isUnavailable(cause) ? cause : new LoginError('server_error', { cause })
}
