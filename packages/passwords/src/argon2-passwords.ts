import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { clientNetwork } from '@latchkey/guard'
import { aFunction, checkOptions, listOf, members, must, optional } from '@latchkey/options'
import type { FastifyBaseLogger } from 'fastify'
import { argon2 } from './argon2.ts'
import { type Argon2Parameters, parameterMembers, requireStrength } from './argon2-parameters.ts'
import { type Check, isLegacyForm, type LegacyHashes } from './forms/form.ts'
import { hashPassword } from './hash-password.ts'
import { type HashQueueOptions, hashQueue, queueMembers } from './hash-queue.ts'
import type { PasswordRefusal } from './events.ts'
import { decoyHash } from './phc.ts'
import { noteRefusal } from './refusal.ts'
import { spellings } from './spellings.ts'
import { decoyFor, readStored } from './stored-hash.ts'
import type { VerifiedUser, VerifyPassword } from './verify-password.ts'

const NAME = 'argon2Passwords()'

/** How long a sign-in waits until a stronger hash is stored, in milliseconds. */
const PATIENCE = 1_000
const NEVER = new AbortController().signal

/** A user as `findUser` returns it. It may have more members; `storeHash` receives the same object. */
export interface PasswordUser extends VerifiedUser {
  /**
   * An argon2 PHC string as `hashPassword()` makes it, a hash of one of the `legacyHashes`, or `null` for a user without a
   * password.
   */
  readonly passwordHash: string | null
  /** Whether the user is refused even with the right password. Default: false. */
  readonly disabled?: boolean
}

/** The options of {@link argon2Passwords}: how to find users, the cost of a hash, and how many hashes run at once. */
export interface Argon2PasswordsOptions<User extends PasswordUser> extends Argon2Parameters, HashQueueOptions {
  /**
   * Finds the user with this name, in the form that `normalizeUsername()` returns. Returns nothing when there is no such user.
   * Should take the same time in both cases. If it throws, the answer is 500, or 503 for guard's `UnavailableError`.
   */
  findUser: (username: string) => User | null | undefined | Promise<User | null | undefined>
  /**
   * Stores a better hash of the same password. Called once after a sign-in whose stored hash is weaker than the parameters
   * here, or is of a text that was not in Unicode NFC. Write only if the stored hash is still `user.passwordHash`: the password
   * may have been changed meanwhile. If it throws, the error is logged and the sign-in continues. Default: hashes are not
   * upgraded.
   */
  storeHash?: (user: User, passwordHash: string) => Promise<unknown>
  /**
   * The old forms that stored hashes still have, with their usual cost, such as `bcryptHashes({ cost: 10 })`. Other forms are
   * refused. An old hash is replaced through `storeHash`. Default: argon2 only.
   */
  legacyHashes?: readonly LegacyHashes[]
  /**
   * A key of at least 32 characters that chooses, by the name of an unknown user, the form that the user seems to have. Must
   * be the same in all processes. Without it, each process chooses anew. Default: random.
   */
  secret?: string
}

/**
 * Makes a `verifyPassword` for passwords that are stored as argon2 hashes. It verifies the password in Unicode NFC, and also
 * exactly as received if that differs. It does the same work whether or not the user exists, has a password or is disabled: the
 * cost is the same in all cases, if the stored hashes were made with these parameters. A stored hash that cannot be read is
 * refused like a wrong password, and logged. `passwordAttempts()` publishes the reason of a refusal.
 *
 * At most `concurrentHashes` hashes run at once, and the queue is bounded. A request that finds no room, or whose client has
 * disconnected, gets guard's UnavailableError. Addresses take turns, so that one address does not block the others, even with
 * right passwords. Each call of this function has its own queue. Does not throttle: `passwordAttempts()` does.
 *
 * @example
 * ```ts
 * const verifyPassword = argon2Passwords({ findUser: async (username) => users.get(username) })
 * ```
 * @throws RegistrationError when an option is unknown, ill-typed or below OWASP's floor
 * @see [OWASP Password Storage](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html)
 */
export function argon2Passwords<User extends PasswordUser>(options: Argon2PasswordsOptions<User>): VerifyPassword {
  const schema = members({
    findUser: aFunction<typeof options.findUser>(),
    storeHash: optional(aFunction<NonNullable<typeof options.storeHash>>()),
    ...parameterMembers,
    ...queueMembers,
    legacyHashes: optional(
      listOf(
        'be a list of forms',
        must<LegacyHashes>('be the result of a function such as bcryptHashes()', isLegacyForm)
      ),
      []
    ),
    secret: optional(
      must<string>('be a text of at least 32 characters', (value) => typeof value === 'string' && value.length >= 32)
    )
  })
  const { findUser, storeHash, legacyHashes, secret = randomBytes(32), ...costs } = checkOptions(NAME, schema, options)
  const { memoryCost, timeCost, parallelism } = costs
  const policy = { memoryCost, timeCost, parallelism }
  requireStrength(NAME, policy)
  const decoy = decoyHash(policy)
  const verifyDecoy: Check = async (password) => (await argon2.get()).verify(decoy, password)
  const decoys = [verifyDecoy, ...legacyHashes.map((form) => form.decoy)] as const
  const known = ['argon2', ...legacyHashes.map(({ form }) => `${form}()`)].join(', ')
  const queue = hashQueue(costs)

  return async ({ username, password }, { request, signal = NEVER }) => {
    const library = await argon2.get()
    const user = await findUser(username)
    const stored = user?.passwordHash ? readStored(user.passwordHash, library, policy, legacyHashes) : undefined
    if (user?.passwordHash && stored === undefined) tellOfUnusable(user, known, request.log)
    const check = stored?.check ?? decoyFor(username, secret, decoys)
    const client = clientNetwork(request)
    const verify = async () => verifySpellings(check, password)
    const { isRight, isNormalized } = await queue.run(verify, client, signal)
    if (!user || !stored || !isRight || user.disabled) {
      noteRefusal(request, { code: codeOf(user, stored !== undefined, isRight), subject: user?.subject ?? null })
      return null
    }
    if (storeHash !== undefined && (!isNormalized || stored.isRenewedBy(password))) {
      const rehash = async (): Promise<string> => queue.run(async () => hashPassword(password, policy), client, signal)
      // A slow database does not block the sign-in.
      await Promise.race([upgrade(user, rehash, storeHash, request.log), setTimeout(PATIENCE)])
    }
    const { subject, scopes, claims } = user
    return { subject, ...(scopes && { scopes }), ...(claims && { claims }) }
  }
}

// All spellings are verified, also after one was right, so that the time depends only on the typed text.
async function verifySpellings(check: Check, password: string): Promise<{ isRight: boolean; isNormalized: boolean }> {
  const [normalized, received] = spellings(password)
  const isNormalized = await check(normalized)
  const isReceived = received !== undefined && (await check(received))
  return { isRight: isNormalized || isReceived, isNormalized }
}

function tellOfUnusable({ subject }: PasswordUser, known: string, log: FastifyBaseLogger): void {
  log.error(
    { subject },
    `The stored password hash of this user cannot be used: it is none of ${known}, is malformed or costs too much. Fix: name its form in legacyHashes, or set it anew`
  )
}

function codeOf(user: PasswordUser | null | undefined, isUsable: boolean, isRight: boolean): PasswordRefusal {
  if (!user) return 'unknown_user'
  if (!isUsable) return 'no_usable_hash'
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

// Errors of database drivers often quote the values of the failed statement.
function withoutHashes(error: unknown): string {
  return String(error).replaceAll(
    /(?:\$(?:argon2|2[aby]\$|pbkdf2|scrypt)|\b(?:argon2|bcrypt_sha256|pbkdf2_\w+|scrypt)\$|\b[0-9a-f]{32}\.[0-9a-f])[^\s'"]*/g,
    '[password hash]'
  )
}
