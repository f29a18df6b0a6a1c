import type { AccountRoutes } from './options.ts'

/** The paths of the pages of the account, with the prefix; `null` for a page that is off. */
export interface AccountPaths {
  readonly login: string
  readonly signUp: string | null
  readonly resetPassword: string | null
  readonly changePassword: string | null
  readonly changeEmail: string | null
}

/**
 * Returns the paths of the pages.
 *
 * @param login - the path of the login page
 */
export function accountPaths(login: string, routes: Readonly<AccountRoutes> | null): AccountPaths {
  const path = (isOn: boolean | undefined, name: string): string | null => (isOn === true ? `${login}/${name}` : null)
  return Object.freeze({
    login,
    signUp: path(routes?.signUp, 'sign-up'),
    resetPassword: path(routes?.resetPassword, 'reset-password'),
    changePassword: path(routes?.changePassword, 'change-password'),
    changeEmail: path(routes?.changeEmail, 'change-email')
  })
}
