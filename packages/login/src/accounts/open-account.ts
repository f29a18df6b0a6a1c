import { randomBytes } from 'node:crypto'
import type { Account, AccountStore, Profile } from '@latchkey/store'
import { LoginRefusedError } from '../errors.ts'
import type { ProviderIdentity } from '../provider-client/identity.ts'

/**
 * Returns the account of an identity, and creates it if there is none. Updates its profile with the values from the provider. A
 * value that the provider left out keeps its last known value.
 *
 * @param seconds - the time since the epoch
 * @throws LoginRefusedError when the account is disabled
 */
export async function openAccount(
  accounts: AccountStore,
  provider: string,
  { subject, name, email, picture }: ProviderIdentity,
  seconds: number
): Promise<Account> {
  const profile: Profile = { name, email, picture }
  const fresh: Account = {
    id: randomBytes(16).toString('base64url'),
    profile,
    permissions: [],
    disabled: false,
    createdAt: Math.floor(seconds)
  }
  const { account, created } = await accounts.findOrCreate({ provider, subject }, fresh)
  if (account.disabled) throw new LoginRefusedError('the account is disabled')
  if (created) return account
  // Some providers send the name at the first login only.
  const { profile: known } = account
  const today = { name: name ?? known.name, email: email ?? known.email, picture: picture ?? known.picture }
  if (!isSame(known, today)) await accounts.setProfile(account.id, today)
  return account
}

function isSame(one: Profile, other: Profile): boolean {
  return one.name === other.name && one.email === other.email && one.picture === other.picture
}
