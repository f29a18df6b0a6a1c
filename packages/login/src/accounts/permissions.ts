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
  const scopesOf = accountScopes(accounts)
  return async ({ subject }) => {
    const permissions = await scopesOf(subject)
    if (permissions === null) throw new InvalidTokenError('The credentials are no longer valid')
    return permissions
  }
}

/**
 * Returns a function for the option `subjectScopes` of a token endpoint: the current permissions of a user's account. A user
 * without an account, or with a disabled account, gets no token, and no new one for a refresh token. Use it only if every user of
 * the token endpoint has an account.
 *
 * @example
 * ```ts
 * await app.register(tokenEndpoint, { ...options, subjectScopes: accountScopes(store.accounts) })
 * ```
 */
export function accountScopes(
  accounts: Pick<AccountStore, 'find'>
): (subject: string) => Promise<readonly string[] | null> {
  return async (subject) => {
    const account = await accounts.find(subject)
    return account === null || account.disabled ? null : account.permissions
  }
}
