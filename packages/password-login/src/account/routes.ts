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
  const { origin, render } = settings
  const { login, signUp, resetPassword, changePassword, changeEmail } = paths
  const forms: AccountForm[] = []
  if (signUp !== null) forms.push(signUpForm(account, signUp), signUpLinkForm(account, signUp))
  if (resetPassword !== null) {
    forms.push(resetPasswordForm(account, resetPassword), resetPasswordLinkForm(account, resetPassword))
  }
  if (account.account.verifyEmail) forms.push(verifyEmailForm(account))
  if (changePassword !== null) forms.push(changePasswordForm(account, changePassword))
  if (changeEmail !== null) forms.push(changeEmailForm(account, changeEmail), changeEmailLinkForm(account, changeEmail))
  for (const form of forms) addFormRoute(child, form, { origin, sessions, loginUrl: login, render })
}
