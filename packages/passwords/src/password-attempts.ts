import { TooManyRequestsError, UnavailableError } from '@latchkey/guard'
import { tell } from '@latchkey/guard/plugin'
import {
  aFunction,
  checkOptions,
  clock,
  hasMethods,
  integer,
  isRecord,
  isText,
  kindOf,
  members,
  must,
  optional
} from '@latchkey/options'
import type { Throttle } from '@latchkey/throttle'
import type { FastifyRequest } from 'fastify'
import { loginChannel, type PasswordLoginEvent } from './events.ts'
import { inTime } from './in-time.ts'
import { passwordFault } from './password.ts'
import { type Refusal, takeRefusal } from './refusal.ts'
import { foldUsername, normalizeUsername } from './username.ts'
import type { PasswordCredentials, VerifiedUser, VerifyPassword } from './verify-password.ts'

/** The options of {@link passwordAttempts}. */
export interface PasswordAttemptsOptions {
  /** Checks a password: `argon2Passwords({ findUser })`, or a function of your own. */
  readonly verifyPassword: VerifyPassword
  /** Limits the calls of `verifyPassword`: `forGuessableSecrets()` of `@latchkey/throttle`. */
  readonly throttle: Throttle
  /** How long `verifyPassword` may take, in seconds. Default: 10. */
  readonly timeout?: number
  /** The current time in milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number
  /**
   * Whether an error that `verifyPassword` throws is an answer of its own, which is thrown unchanged, such as an error of a
   * protocol. Default: only guard's UnavailableError is.
   */
  readonly isAnswer?: (error: unknown) => error is Error & { readonly statusCode: number }
}

/** The request that an attempt came with. */
export interface AttemptContext {
  readonly request: FastifyRequest
  /** The OAuth client that sent the password. Failures are counted for each client. Default: there is none. */
  readonly clientId?: string | null
}

/** A user who signed in. */
export interface Attempt extends VerifiedUser {
  /** When the password was verified, in seconds since the epoch. */
  readonly authenticatedAt: number
}

/** Verifies passwords within the limits of a throttle. */
export interface PasswordAttempts {
  /**
   * Verifies a username and a password as they were typed. Returns their owner, or `null` for a wrong password, and for a name
   * or password that no user can have. The reason of a refusal is in the event, and nowhere else: answer `null` in one way.
   *
   * @throws TooManyRequestsError, or the error of the throttle's `tooMany`, after too many failures. UnavailableError when the
   * password could not be verified now. Error when `verifyPassword` failed, with the reason in `cause`
   */
  attempt(credentials: PasswordCredentials, context: AttemptContext): Promise<Attempt | null>
}

const NAME = 'passwordAttempts()'
const schema = members({
  verifyPassword: aFunction<VerifyPassword>(),
  throttle: must<Throttle>('be a throttle of @latchkey/throttle', (value) => hasMethods(value, ['attempt'])),
  timeout: optional(integer(1, 300, 'seconds'), 10),
  now: clock,
  isAnswer: optional(aFunction<NonNullable<PasswordAttemptsOptions['isAnswer']>>())
})

/**
 * Makes the attempts of a login with a password, for a form or a grant: the credentials are checked and normalized, the
 * attempt is counted by account, address and client before it is verified, `verifyPassword` has a time limit, and each attempt
 * is published on `latchkey:login`.
 *
 * @example
 * ```ts
 * const { forGuessableSecrets } = throttles(app, { plugin: 'my-login', realm: 'https://example.com', store: store.throttle })
 * const attempts = passwordAttempts({
 *   verifyPassword: argon2Passwords({ findUser }),
 *   throttle: forGuessableSecrets('passwords', { failures: 10, window: 900 })
 * })
 * const user = await attempts.attempt({ username, password }, { request })
 * ```
 * @throws RegistrationError when an option is missing, unknown or ill-typed
 */
export function passwordAttempts(options: PasswordAttemptsOptions): PasswordAttempts {
  const { verifyPassword, throttle, timeout, now, isAnswer = isNoAnswer } = checkOptions(NAME, schema, options)

  return Object.freeze({
    async attempt(typed: PasswordCredentials, { request, clientId = null }: AttemptContext) {
      const { log } = request
      const login = { by: 'password', clientId } as const
      const credentials = acceptable(typed)
      // An earlier attempt of the request may have left it, if it succeeded with another user or took too long.
      takeRefusal(request)
      const user = await throttled(credentials, request, clientId).catch((error: unknown) => {
        tellOfRefusal(refusalBy(error))
        throw error
      })
      if (!user) {
        tellOfRefusal(takeRefusal(request) ?? { code: credentials ? 'refused' : 'malformed', subject: null })
        return null
      }
      const { subject, scopes, claims } = user
      const ok = { ...login, kind: 'login', subject } satisfies PasswordLoginEvent
      tell(loginChannel, ok, { log, message: 'A user signed in with a password' })
      const authenticatedAt = Math.floor(now() / 1000)
      return { subject, ...(scopes && { scopes }), ...(claims && { claims }), authenticatedAt }

      function tellOfRefusal(refusal: Refusal): void {
        const failed = { ...login, kind: 'failed', ...refusal } satisfies PasswordLoginEvent
        tell(loginChannel, failed, { log, message: 'A sign-in with a password failed' })
      }
    }
  } satisfies PasswordAttempts)

  async function throttled(
    credentials: PasswordCredentials | null,
    request: FastifyRequest,
    clientId: string | null
  ): Promise<VerifiedUser | null> {
    if (credentials === null) return null
    const client = clientId === null ? {} : { clientId }
    const guess = { account: foldUsername(credentials.username), ...client, request }
    return throttle.attempt(guess, async () =>
      inTime(request, timeout, async (signal) => {
        // An error of a library may carry a status. It must not become the status of this answer.
        try {
          return checked(await verifyPassword(credentials, { request, signal, ...client }))
        } catch (error) {
          if (error instanceof UnavailableError || isAnswer(error)) throw error
          throw new Error('verifyPassword failed', { cause: error })
        }
      })
    )
  }

  function refusalBy(error: unknown): Refusal {
    const status = statusOf(error)
    if (status === 429) return { code: 'throttled', subject: null }
    return { code: status === 503 ? 'unavailable' : status < 500 ? 'refused' : 'error', subject: null }
  }

  function statusOf(error: unknown): number {
    if (error instanceof UnavailableError || error instanceof TooManyRequestsError) return error.statusCode
    return isAnswer(error) ? error.statusCode : 500
  }
}

/** The credentials in the form in which they are verified, or `null` when no user can have that name or that password. */
function acceptable({ username, password }: PasswordCredentials): PasswordCredentials | null {
  const name = normalizeUsername(username)
  return name === null || passwordFault(password) !== undefined ? null : { username: name, password }
}

/** Checks the answer of the application's function. */
function checked(user: VerifiedUser | null): VerifiedUser | null {
  if (!user || (isRecord(user) && isText(user.subject))) return user
  const expected = 'an object with a subject, a non-empty string, or null'
  throw new TypeError(`verifyPassword must return ${expected}; got ${kindOf(user)}`)
}

function isNoAnswer(_error: unknown): _error is never {
  return false
}
