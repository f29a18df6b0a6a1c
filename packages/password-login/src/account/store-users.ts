import { randomUUID } from 'node:crypto'
import * as o from '@latchkey/options'
import type { PasswordUser } from '@latchkey/passwords'
import type { Identity, Store } from '@latchkey/store'
import { normalizeEmail } from './email.ts'
import type { AccountUser, AccountUsers } from './users.ts'

// No provider of @latchkey/login can have these names.
const EMAIL = 'latchkey:email'
const USERNAME = 'latchkey:username'

const ACCOUNT_METHODS = [
  'find',
  'findByIdentity',
  'findOrCreate',
  'findPasswordHash',
  'identities',
  'link',
  'unlink',
  'remove',
  'setPasswordHash',
  'setProfile'
]

/** The users of a store: for `argon2Passwords()`, and for the option `account`. */
export interface StoreUsers extends Required<AccountUsers> {
  /** Finds a user by the user name or the verified e-mail address, without regard to case. */
  readonly findUser: (name: string) => Promise<PasswordUser | null>
  /** Stores a better hash of the same password, unless the password was changed meanwhile. */
  readonly storeHash: (user: PasswordUser, passwordHash: string) => Promise<unknown>
}

/**
 * The accounts of a store as users who log in with a password. A verified e-mail address and a user name are identities of an
 * account, like a user at Discord. So one person can have a password and providers. An account that a provider created gets an
 * address by `changeEmail`, and its first password by `resetPassword`. Two accounts never share an address, and are never merged:
 * the `email` of an account's profile has no effect here.
 *
 * @example
 * ```ts
 * const users = storeUsers(store)
 * await app.register(passwordLogin, {
 *   store,
 *   verifyPassword: argon2Passwords({ findUser: users.findUser, storeHash: users.storeHash }),
 *   account: { users, sendMail, signUp: true, resetPassword: true }
 * })
 * ```
 * @throws RegistrationError when the store has no accounts or no clock
 */
export function storeUsers({ accounts, clock }: Pick<Store, 'accounts' | 'clock'>): StoreUsers {
  if (!o.hasMethods(accounts, ACCOUNT_METHODS) || !o.hasMethods(clock, ['now'])) {
    throw new o.RegistrationError('storeUsers()', 'the store must have accounts and a clock, as memoryStore() has')
  }

  return Object.freeze({
    async findUser(name) {
      const found = await accounts.findByIdentity(nameIdentity(name))
      if (found === null) return null
      const { id: subject, disabled } = found
      return { subject, disabled, passwordHash: await accounts.findPasswordHash(subject) }
    },
    storeHash: async ({ subject, passwordHash: current }, stronger) =>
      accounts.setPasswordHash(subject, stronger, current),
    async findByEmail(email) {
      const found = await accounts.findByIdentity({ provider: EMAIL, subject: email })
      return found === null ? null : userOf(found.id, found.disabled)
    },
    async findBySubject(subject) {
      const found = await accounts.find(subject)
      return found === null ? null : userOf(subject, found.disabled)
    },
    async createUser({ email, username, passwordHash }) {
      const name = nameIdentity(username)
      if (name.provider === USERNAME && (await accounts.findByIdentity(name)) !== null) return 'username_taken'
      const profile = { name: username, email, picture: null }
      const createdAt = Math.floor(clock.now() / 1000)
      const account = { id: randomUUID(), profile, permissions: [], disabled: false, createdAt }
      const { created } = await accounts.findOrCreate({ provider: EMAIL, subject: email }, account)
      if (!created) return 'email_taken'
      if (name.provider === USERNAME && (await accounts.link(account.id, name)) !== 'linked') {
        await accounts.remove(account.id)
        return 'username_taken'
      }
      await accounts.setPasswordHash(account.id, passwordHash)
      return { subject: account.id }
    },
    setPassword: async (subject, passwordHash) => accounts.setPasswordHash(subject, passwordHash),
    async setVerified(subject, email) {
      // More than one if an earlier change was interrupted, or two ran at once.
      const earlier = await identitiesOf(subject, EMAIL)
      if (earlier.length === 1 && earlier[0] === email) return true
      if ((await accounts.link(subject, { provider: EMAIL, subject: email })) !== 'linked') return false
      for (const other of earlier) {
        if (other !== email) await accounts.unlink(subject, { provider: EMAIL, subject: other })
      }
      const account = await accounts.find(subject)
      if (account !== null) await accounts.setProfile(subject, { ...account.profile, email })
      return true
    }
  } satisfies StoreUsers)

  async function identitiesOf(subject: string, provider: string): Promise<readonly string[]> {
    const identities = await accounts.identities(subject)
    return identities.filter((identity) => identity.provider === provider).map((identity) => identity.subject)
  }

  async function userOf(subject: string, disabled: boolean): Promise<AccountUser> {
    const [email = null] = await identitiesOf(subject, EMAIL)
    const [name = email] = await identitiesOf(subject, USERNAME)
    const hasPassword = (await accounts.findPasswordHash(subject)) !== null
    return { subject, username: hasPassword ? name : null, email, verified: email !== null, disabled }
  }
}

/** An address is a name to log in with, and a user name has no @. */
function nameIdentity(name: string): Identity {
  const email = normalizeEmail(name)
  return email === null ? { provider: USERNAME, subject: name.toLowerCase() } : { provider: EMAIL, subject: email }
}
