import { InvalidTokenError, type Principal } from '@latchkey/guard'
import type { AccountStore } from '@latchkey/store'

/**
 * For the guard's option `permissions`: what the caller's account may do now. A caller without an account, or with one
 * that is disabled, is refused with 401. For a server whose callers are its accounts, and nobody else.
 */
export function accountPermissions(
  accounts: Pick<AccountStore, 'find'>
): (principal: Pick<Principal, 'subject'>) => Promise<readonly string[]> {
  return async ({ subject }) => {
    const account = await accounts.find(subject)
    if (account === null || account.disabled) throw new InvalidTokenError('The credentials are no longer valid')
    return account.permissions
  }
}
