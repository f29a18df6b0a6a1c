import { InvalidTokenError, type Principal } from '@latchkey/guard'
import type { AccountStore } from '@latchkey/store'

/**
 * Returns a function for the option `permissions` of the guard: the current permissions of the caller's account. A caller
 * without an account, or with a disabled account, is refused with 401. Use it only if every caller of the server has an
 * account.
 *
 * @example
 * ```ts
 * await app.register(guard, { permissions: accountPermissions(store.accounts) })
 * ```
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
