import type { FastifyInstance } from 'fastify'
import type { Account } from './account.ts'
import { changeEmailForm, changeEmailLinkForm } from './change-email.ts'
import { changePasswordForm } from './change-password.ts'
import { type AccountForm, addFormRoute } from './form-route.ts'
import { resetPasswordForm, resetPasswordLinkForm } from './reset-password.ts'
import { signUpForm, signUpLinkForm } from './sign-up.ts'
import { verifyEmailForm } from './verify-email.ts'

/** Adds the routes of the account that are on. */
export function addAccountRoutes(child: FastifyInstance, account: Account): void {
  const { settings, sessions, paths } = account
  const { loginPath, origin, render } = settings
  const { signUp, resetPassword, changePassword, changeEmail } = paths
  // Routes have no prefix, and links have it.
  const routeOf = (url: string): string => url.slice(child.prefix.length)
  const forms: AccountForm[] = []
  if (signUp !== null) {
    forms.push(signUpForm(account, routeOf(signUp), signUp), signUpLinkForm(account, routeOf(signUp), signUp))
  }
  if (resetPassword !== null) {
    const path = routeOf(resetPassword)
    forms.push(resetPasswordForm(account, path, resetPassword), resetPasswordLinkForm(account, path, resetPassword))
  }
  if (account.account.verifyEmail) forms.push(verifyEmailForm(account, loginPath))
  if (changePassword !== null) forms.push(changePasswordForm(account, routeOf(changePassword)))
  if (changeEmail !== null) {
    const path = routeOf(changeEmail)
    forms.push(changeEmailForm(account, path, changeEmail), changeEmailLinkForm(account, path, changeEmail))
  }
  for (const form of forms) addFormRoute(child, form, { origin, sessions, loginUrl: paths.login, render })
}
