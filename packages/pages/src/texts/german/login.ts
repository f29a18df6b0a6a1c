import type { LoginTexts } from '../login.ts'

export const login: LoginTexts = {
  title: 'Anmelden',
  or: 'oder',
  logIn: 'Anmelden',
  // The words of Google's own button.
  logInWith: ({ name, brand }) => `${brand === 'google' ? 'Über' : 'Mit'} ${name} anmelden`,
  logOut: 'Abmelden',
  loggedIn: 'Sie sind angemeldet',
  goOn: 'Weiter',
  errors: {
    invalid_state:
      'Diese Anmeldung ist abgelaufen, wurde bereits verwendet oder in einem anderen Browser begonnen. Bitte beginnen Sie von vorn.',
    invalid_response: 'Die Antwort des Anmeldedienstes ist nicht verwendbar. Bitte beginnen Sie von vorn.',
    access_denied: 'Sie haben sich nicht angemeldet.',
    login_refused: 'Mit diesem Konto können Sie sich hier nicht anmelden.',
    login_required: 'Bitte melden Sie sich zuerst an.',
    recent_login_required: 'Dafür müssen Sie sich erneut anmelden.',
    cross_site_request: 'Diese Anfrage kam von einer anderen Website.',
    unknown_provider: 'Einen Anmeldedienst mit diesem Namen gibt es hier nicht.',
    method_not_allowed: 'Diese Adresse beantwortet solche Anfragen nicht.',
    identity_taken: 'Dieses Konto des Anmeldedienstes gehört hier bereits einer anderen Person.',
    last_identity: 'Eine andere Möglichkeit, sich anzumelden, haben Sie nicht.',
    invalid_logout_token: 'Das Token für die Abmeldung ist ungültig.',
    provider_error: 'Die Antwort des Anmeldedienstes ist nicht verwendbar. Bitte versuchen Sie es später noch einmal.',
    provider_unavailable: 'Der Anmeldedienst ist zurzeit nicht erreichbar. Bitte versuchen Sie es später noch einmal.',
    provider_timeout: 'Der Anmeldedienst hat nicht rechtzeitig geantwortet. Bitte versuchen Sie es noch einmal.',
    server_error: 'Hier ist etwas schiefgegangen.',
    temporarily_unavailable:
      'Diese Anfrage lässt sich zurzeit nicht beantworten. Bitte versuchen Sie es später noch einmal.',
    invalid_request: 'Diese Anfrage lässt sich nicht beantworten.'
  }
}
