import { randomUUID } from 'node:crypto'
import { hashPassword, type PasswordUser } from '@latchkey/passwords'
import type { Identity, Store } from '@latchkey/store'

/** A user name is an identity of an account, as a user at Discord is. So an account may have both. */
function identityOf(username: string): Identity {
  return { provider: 'password', subject: username }
}

/** Stores a user. Does nothing when the name is taken. */
export async function addUser({ accounts, clock }: Store, username: string, password: string): Promise<void> {
  const createdAt = Math.floor(clock.now() / 1000)
  const profile = { name: username, email: null, picture: null }
  const account = { id: randomUUID(), profile, permissions: [], disabled: false, createdAt }
  const { created } = await accounts.findOrCreate(identityOf(username), account)
  if (created) await accounts.setPasswordHash(account.id, await hashPassword(password))
}

/** Finds a user by name, for `argon2Passwords()`. */
export async function findUser({ accounts }: Store, username: string): Promise<PasswordUser | null> {
  const account = await accounts.findByIdentity(identityOf(username))
  if (account === null) return null
  const { id: subject, disabled } = account
  return { subject, disabled, passwordHash: await accounts.findPasswordHash(subject) }
}
