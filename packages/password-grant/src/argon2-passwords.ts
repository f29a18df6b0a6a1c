import { setTimeout } from 'node:timers/promises'
import { verify } from '@node-rs/argon2'
import { checkOptions, clientNetwork, mustBeFunction, optional } from '@latchkey/guard'
import type { FastifyBaseLogger } from 'fastify'
import { type Argon2Parameters, parameterChecks, withDefaults } from './argon2-parameters.ts'
import { hashPassword } from './hash-password.ts'
import { type HashQueueOptions, hashQueue, queueChecks } from './hash-queue.ts'
import type { PasswordRefusal } from './events.ts'
import { decoyHash, isUsable, lags } from './phc.ts'
import { noteRefusal } from './refusal.ts'
import type { VerifiedUser, VerifyPassword } from './verify-password.ts'

/** For how many milliseconds a sign-in waits for a stronger hash to be stored. */
const PATIENCE = 1_000

/** A user as `findUser` reads it. More than this may be on it; `storeHash` gets it back whole. */
export interface PasswordUser extends VerifiedUser {
  /** An argon2 PHC string as `hashPassword()` makes it, or `null` for somebody who signs in by other means only. */
  readonly passwordHash: string | null
  /** Whether the user is refused even with the right password. Default: false. */
  readonly disabled?: boolean
}

/** The options of {@link argon2Passwords}: where the users are, what a hash costs, and how many run at once. */
export interface Argon2PasswordsOptions<User extends PasswordUser> extends Argon2Parameters, HashQueueOptions {
  /**
   * The user with this name, which has the form that `normalizeUsername()` gives; nothing when there is none. Should
   * take the same time either way. When it throws, the answer is 500, or 503 for guard's `UnavailableError`.
   */
  findUser: (username: string) => User | null | undefined | Promise<User | null | undefined>
  /**
   * Stores a stronger hash of the same password, once, after a sign-in with one that is weaker than the parameters here.
   * Write it only where the stored hash is still `user.passwordHash`: the password may have been changed in between.
   * When it throws, that is logged and the sign-in goes on. Without it hashes stay as they are.
   */
  storeHash?: (user: User, passwordHash: string) => Promise<unknown>
}

/**
 * Verifies passwords that are stored as argon2 hashes. One verification is run whether or not the user exists, has a
 * password or is disabled, and it costs the same for all of them as long as hashes were made with these parameters.
 * A stored hash that cannot be read is refused like a wrong password and logged. Why somebody was refused the password
 * grant tells.
 *
 * No more hashes run at once than `concurrentHashes`, and what waits for its turn is bounded: beyond that it throws
 * guard's UnavailableError, and so it does for a request whose client has gone. Addresses take turns, so that one of them,
 * with right passwords too, does not keep the others waiting. Each call of this function has a bound of
 * its own. Does not throttle: the password grant does.
 *
 * @throws InvalidOptionError when an option is unknown, ill-typed or below OWASP's floor
 * @see [OWASP Password Storage](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html)
 */
export function argon2Passwords<User extends PasswordUser>(options: Argon2PasswordsOptions<User>): VerifyPassword {
  const { findUser, storeHash, ...costs } = checkOptions('argon2Passwords()', options, {
    findUser: mustBeFunction,
    storeHash: optional(mustBeFunction),
    ...parameterChecks,
    ...queueChecks
  })
  const policy = withDefaults('argon2Passwords()', costs)
  const decoy = decoyHash(policy)
  const queue = hashQueue(costs)

  return async ({ username, password }, { request, signal }) => {
    const user = await findUser(username)
    const passwordHash = user ? readHash(user, request.log) : null
    const client = clientNetwork(request)
    const isRight = await queue.run(async () => verify(passwordHash ?? decoy, password), client, signal)
    if (!user || passwordHash === null || !isRight || user.disabled) {
      noteRefusal(request, { code: codeOf(user, passwordHash, isRight), subject: user?.subject ?? null })
      return null
    }
    if (storeHash !== undefined && lags(passwordHash, policy)) {
      const rehash = async (): Promise<string> => queue.run(async () => hashPassword(password, policy), client, signal)
      // A database that is slow to take the new hash keeps nobody from signing in.
      await Promise.race([upgrade(user, rehash, storeHash, request.log), setTimeout(PATIENCE)])
    }
    return { subject: user.subject, scopes: user.scopes }
  }
}

function readHash({ subject, passwordHash }: PasswordUser, log: FastifyBaseLogger): string | null {
  if (!passwordHash) return null
  if (isUsable(passwordHash)) return passwordHash
  log.error(
    { subject },
    'The stored password hash of this user cannot be used: the user cannot sign in until it is set anew'
  )
  return null
}

function codeOf(user: PasswordUser | null | undefined, passwordHash: string | null, isRight: boolean): PasswordRefusal {
  if (!user) return 'unknown_user'
  if (passwordHash === null) return 'no_usable_hash'
  return isRight ? 'disabled_user' : 'wrong_password'
}

async function upgrade<User extends PasswordUser>(
  user: User,
  rehash: () => Promise<string>,
  storeHash: (user: User, passwordHash: string) => Promise<unknown>,
  log: FastifyBaseLogger
): Promise<void> {
  try {
    await storeHash(user, await rehash())
  } catch (error) {
    log.warn(
      { subject: user.subject, reason: withoutHashes(error) },
      'The stronger password hash of this user could not be stored'
    )
  }
}

// Database drivers like to quote the values of the statement that failed.
function withoutHashes(error: unknown): string {
  return String(error).replaceAll(/\$argon2[^\s'"]*/g, '[password hash]')
}
