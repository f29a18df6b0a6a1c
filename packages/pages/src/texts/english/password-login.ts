import type { PasswordLoginTexts } from '../password-login.ts'

export const passwordLogin: PasswordLoginTexts = {
  logIn: 'Log in',
  stayLoggedIn: 'Stay logged in',
  forgotPassword: 'Forgot your password?',
  createAccount: 'Create an account',
  askForNewLink: 'Ask for a new link',
  fields: {
    username: { label: 'User name', missing: 'Enter your user name.' },
    loginEmail: { label: 'E-mail address', missing: 'Enter your e-mail address.' },
    password: { label: 'Password', missing: 'Enter your password.' },
    currentPassword: { label: 'Current password', missing: 'Enter your password.' },
    newPassword: { label: 'New password', missing: 'Enter a new password.' },
    email: { label: 'E-mail address', missing: 'Enter an e-mail address, such as ada@example.com.' },
    newEmail: { label: 'New e-mail address', missing: 'Enter an e-mail address, such as ada@example.com.' }
  },
  newPasswordHint: ({ minLength }) => `${minLength} characters or more. A sentence that only you know is good.`,
  signUp: {
    title: 'Create an account',
    intro: 'We send a link to your e-mail address. Open it to go on.',
    button: 'Send the link'
  },
  signUpLink: {
    title: 'Create an account',
    intro: 'Choose how you log in. If this is not your e-mail address, close this page.',
    button: 'Create the account'
  },
  verifyEmail: {
    title: 'Verify your e-mail address',
    intro: 'Enter your password to verify the address and to log in. If you have no account here, close this page.',
    button: 'Verify'
  },
  resetPassword: {
    title: 'Reset your password',
    intro: 'We send a link to your e-mail address. Open it to choose a new password.',
    button: 'Send the link'
  },
  resetPasswordLink: {
    title: 'Choose a new password',
    intro: 'The new password replaces the old one. You are logged out everywhere.',
    button: 'Set the password'
  },
  changePassword: {
    title: 'Change your password',
    intro: 'You stay logged in here, and are logged out everywhere else.',
    button: 'Change the password'
  },
  changeEmail: {
    title: 'Change your e-mail address',
    intro: 'We send a link to the new address. Open it in this browser.',
    button: 'Send the link'
  },
  changeEmailLink: {
    title: 'Change your e-mail address',
    intro: 'This address replaces the old one. You stay logged in here, and are logged out everywhere else.',
    button: 'Use this address'
  },
  mailSent: {
    title: 'Look into your mail',
    text: 'If the address is right, an e-mail is on its way. Open the link in it.'
  },
  passwordSet: {
    title: 'Your password is set',
    text: 'You are logged out everywhere. Log in with the new password.'
  },
  errors: {
    invalid_credentials: 'The name or the password is wrong.',
    invalid_link: 'This link was used, is too old, or is not complete. Ask for a new one.',
    invalid_request: 'This request cannot be answered.',
    no_password: 'This account has no password yet. Reset the password to set one.',
    weak_password: 'This password cannot be used. Choose another one.',
    username_unavailable: 'This user name cannot be used. Choose another one.',
    unverified_email: 'The e-mail address of this account is not verified yet. Open the link in the e-mail to you.',
    session_required: 'Log in on the page of this site to do this.',
    recent_login_required: 'Log out and log in again to do this.',
    cross_site_request: 'This request came from another site. Log in on the page of this site.',
    method_not_allowed: 'This address takes only the form of its page.',
    too_many_attempts: 'Too many attempts have failed. Try again later.',
    temporarily_unavailable: 'The login is not available now. Try again later.',
    server_error: 'Something went wrong here. Try again later.'
  },
  faults: {
    wrongPassword: 'The password is wrong.',
    noEmailAddress: 'This is no e-mail address.',
    unverifiedEmail: 'The e-mail address of this account is not verified.',
    shortPassword: ({ minLength }) => `The password needs ${minLength} characters or more.`,
    compromisedPassword: 'This password is in a list of leaked passwords. Choose another one.',
    unusablePassword: 'This password is too long, or contains a character that cannot be used.'
  }
}
