import { UnavailableError } from '@latchkey/guard'
import { tell } from '@latchkey/guard/plugin'
import type { Throttle } from '@latchkey/throttle'
import { type Grant, TokenError, type TokenRequest } from '@latchkey/token-endpoint'
import { loginChannel, type PasswordLoginEvent } from './events.ts'
import { inTime } from './in-time.ts'
import { passwordFault } from './password.ts'
import { notedRefusal, type Refusal } from './refusal.ts'
import { foldUsername, normalizeUsername } from './username.ts'
import type { PasswordCredentials, PasswordRequest, VerifiedUser, VerifyPassword } from './verify-password.ts'

export interface PasswordGrantDependencies {
  readonly verifyPassword: VerifyPassword
  /** Limits the calls of `verifyPassword`. */
  readonly throttle: Throttle
  /** How long `verifyPassword` may take, in seconds. */
  readonly timeout: number
  /** The current time in milliseconds since the epoch. */
  readonly now: () => number
}

/**
 * The resource owner password credentials grant. A request without a username or a password is `invalid_request`. After too
 * many failures the answer is 429. Every other fault of the credentials is the same `invalid_grant`.
 *
 * @see [RFC 6749 §4.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.3)
 */
export function passwordGrant({ verifyPassword, throttle, timeout, now }: PasswordGrantDependencies): Grant {
  return {
    grantType: 'password',
    async handle(tokenRequest) {
      const { client, request } = tokenRequest
      const { log } = request
      const login = { by: 'password', clientId: client.clientId } as const
      const credentials = readCredentials(tokenRequest)
      const user = await attempt(credentials, tokenRequest).catch((error: unknown) => {
        tellOfRefusal(refusalBy(error))
        throw error
      })
      if (!user) {
        tellOfRefusal(notedRefusal(request) ?? { code: credentials ? 'refused' : 'malformed', subject: null })
        throw new TokenError('invalid_grant', 'The username or the password is wrong')
      }
      const ok = { ...login, kind: 'login', subject: user.subject } satisfies PasswordLoginEvent
      tell(loginChannel, ok, { log: log, message: 'A user signed in with a password' })
      return { subject: user.subject, scopes: listOf(user.scopes), authenticatedAt: Math.floor(now() / 1000) }

      function tellOfRefusal(refusal: Refusal): void {
        const failed = { ...login, kind: 'failed', ...refusal } satisfies PasswordLoginEvent
        tell(loginChannel, failed, { log: log, message: 'A sign-in with a password failed' })
      }
    }
  }

  async function attempt(
    credentials: PasswordCredentials | null,
    tokenRequest: TokenRequest
  ): Promise<VerifiedUser | null> {
    if (credentials === null) return null
    const { client, request } = tokenRequest
    const guess = { account: foldUsername(credentials.username), clientId: client.clientId, request }
    return throttle.attempt(guess, async () =>
      inTime(request, timeout, async (signal) => verify(verifyPassword, credentials, { ...tokenRequest, signal }))
    )
  }
}

/** The credentials of a request, or `null` when no user can have that name or that password. */
function readCredentials({ parameters }: TokenRequest): PasswordCredentials | null {
  const username = normalizeUsername(required(parameters, 'username'))
  const password = required(parameters, 'password')
  return username === null || passwordFault(password) !== undefined ? null : { username, password }
}

function refusalBy(error: unknown): Refusal {
  if (error instanceof UnavailableError) return { code: 'unavailable', subject: null }
  const status = error instanceof TokenError ? error.statusCode : 500
  if (status === 429) return { code: 'throttled', subject: null }
  return { code: status === 503 ? 'unavailable' : status < 500 ? 'refused' : 'error', subject: null }
}

function required(parameters: ReadonlyMap<string, string>, name: 'username' | 'password'): string {
  const value = parameters.get(name)
  if (value === undefined) throw new TokenError('invalid_request', `The parameter ${name} is missing`)
  return value
}

// An error of a library may carry a status. It must not become the status of this answer.
async function verify(
  verifyPassword: VerifyPassword,
  credentials: PasswordCredentials,
  request: PasswordRequest
): Promise<VerifiedUser | null> {
  try {
    return await verifyPassword(credentials, request)
  } catch (error) {
    if (error instanceof TokenError || error instanceof UnavailableError) throw error
    throw new Error('verifyPassword failed', { cause: error })
  }
}

// A string is an Iterable<string> too: of its characters.
function listOf(scopes: Iterable<string>): Iterable<string> {
  if (typeof scopes === 'string')
    throw new TypeError('verifyPassword: scopes must be a list of scope tokens, not a text')
  return scopes
}
