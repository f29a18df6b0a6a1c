import type { LoginTexts } from '../login.ts'

/** These ask for the words "Sign in with". */
const SIGN_IN = ['apple', 'google', 'microsoft']

export const login: LoginTexts = {
  title: 'Log in',
  or: 'or',
  logIn: 'Log in',
  logInWith: ({ name, brand }) => `${SIGN_IN.includes(String(brand)) ? 'Sign' : 'Log'} in with ${name}`,
  logOut: 'Log out',
  loggedIn: 'Logged in',
  goOn: 'Continue',
  errors: {
    invalid_state: 'This login has expired, was used already, or was started in another browser. Start again.',
    invalid_response: 'The answer of the login provider cannot be used. Start again.',
    access_denied: 'You did not log in.',
    login_refused: 'You cannot log in here with this account.',
    login_required: 'Log in first.',
    recent_login_required: 'This needs a fresh login. Log in again.',
    cross_site_request: 'This request came from another site.',
    unknown_provider: 'There is no login provider of this name here.',
    method_not_allowed: 'This address does not answer such requests.',
    identity_taken: 'This account of the provider belongs to another user here.',
    last_identity: 'This is the only way for you to log in.',
    invalid_logout_token: 'The logout token is not valid.',
    provider_error: 'The login provider gave an answer that cannot be used. Try again later.',
    provider_unavailable: 'The login provider cannot be reached now. Try again later.',
    provider_timeout: 'The login provider did not answer in time. Try again.',
    server_error: 'Something went wrong here.',
    temporarily_unavailable: 'This cannot be answered now. Try again later.',
    invalid_request: 'This request cannot be answered.'
  }
}
