import type { PasswordLoginTexts } from '../password-login.ts'

export const passwordLogin: PasswordLoginTexts = {
  logIn: 'Anmelden',
  stayLoggedIn: 'Angemeldet bleiben',
  forgotPassword: 'Passwort vergessen?',
  createAccount: 'Konto anlegen',
  askForNewLink: 'Neuen Link anfordern',
  fields: {
    username: { label: 'Benutzername', missing: 'Bitte geben Sie Ihren Benutzernamen ein.' },
    loginEmail: { label: 'E-Mail-Adresse', missing: 'Bitte geben Sie Ihre E-Mail-Adresse ein.' },
    password: { label: 'Passwort', missing: 'Bitte geben Sie Ihr Passwort ein.' },
    currentPassword: { label: 'Aktuelles Passwort', missing: 'Bitte geben Sie Ihr Passwort ein.' },
    newPassword: { label: 'Neues Passwort', missing: 'Bitte geben Sie ein neues Passwort ein.' },
    email: {
      label: 'E-Mail-Adresse',
      missing: 'Bitte geben Sie eine E-Mail-Adresse ein, zum Beispiel ada@example.com.'
    },
    newEmail: {
      label: 'Neue E-Mail-Adresse',
      missing: 'Bitte geben Sie eine E-Mail-Adresse ein, zum Beispiel ada@example.com.'
    }
  },
  newPasswordHint: ({ minLength }) => `Mindestens ${minLength} Zeichen. Gut ist ein Satz, den nur Sie kennen.`,
  signUp: {
    title: 'Konto anlegen',
    intro: 'Wir senden einen Link an Ihre E-Mail-Adresse. Öffnen Sie ihn, um fortzufahren.',
    button: 'Link senden'
  },
  signUpLink: {
    title: 'Konto anlegen',
    intro:
      'Legen Sie fest, wie Sie sich anmelden. Wenn dies nicht Ihre E-Mail-Adresse ist, schließen Sie bitte diese Seite.',
    button: 'Konto anlegen'
  },
  verifyEmail: {
    title: 'E-Mail-Adresse bestätigen',
    intro:
      'Geben Sie Ihr Passwort ein, um die Adresse zu bestätigen und sich anzumelden. Wenn Sie hier kein Konto haben, schließen Sie bitte diese Seite.',
    button: 'Bestätigen'
  },
  resetPassword: {
    title: 'Passwort zurücksetzen',
    intro: 'Wir senden einen Link an Ihre E-Mail-Adresse. Öffnen Sie ihn, um ein neues Passwort zu wählen.',
    button: 'Link senden'
  },
  resetPasswordLink: {
    title: 'Neues Passwort wählen',
    intro: 'Das neue Passwort ersetzt das alte. Sie werden überall abgemeldet.',
    button: 'Passwort festlegen'
  },
  changePassword: {
    title: 'Passwort ändern',
    intro: 'Sie bleiben hier angemeldet und werden überall sonst abgemeldet.',
    button: 'Passwort ändern'
  },
  changeEmail: {
    title: 'E-Mail-Adresse ändern',
    intro: 'Wir senden einen Link an die neue Adresse. Öffnen Sie ihn in diesem Browser.',
    button: 'Link senden'
  },
  changeEmailLink: {
    title: 'E-Mail-Adresse ändern',
    intro: 'Diese Adresse ersetzt die alte. Sie bleiben hier angemeldet und werden überall sonst abgemeldet.',
    button: 'Diese Adresse verwenden'
  },
  mailSent: {
    title: 'Bitte sehen Sie in Ihr Postfach',
    text: 'Wenn die Adresse stimmt, ist eine E-Mail unterwegs. Öffnen Sie den Link darin.'
  },
  passwordSet: {
    title: 'Ihr Passwort ist festgelegt',
    text: 'Sie wurden überall abgemeldet. Melden Sie sich mit dem neuen Passwort an.'
  },
  errors: {
    invalid_credentials: 'Der Name oder das Passwort ist falsch.',
    invalid_link:
      'Dieser Link wurde bereits verwendet, ist zu alt oder unvollständig. Bitte fordern Sie einen neuen an.',
    invalid_request: 'Diese Anfrage lässt sich nicht beantworten.',
    no_password: 'Dieses Konto hat noch kein Passwort. Setzen Sie das Passwort zurück, um eines festzulegen.',
    weak_password: 'Dieses Passwort ist nicht möglich. Bitte wählen Sie ein anderes.',
    username_unavailable: 'Dieser Benutzername ist nicht möglich. Bitte wählen Sie einen anderen.',
    unverified_email:
      'Die E-Mail-Adresse dieses Kontos ist noch nicht bestätigt. Bitte öffnen Sie den Link in der E-Mail an Sie.',
    session_required: 'Bitte melden Sie sich dafür auf der Seite dieser Website an.',
    recent_login_required: 'Bitte melden Sie sich dafür ab und wieder an.',
    cross_site_request:
      'Diese Anfrage kam von einer anderen Website. Bitte melden Sie sich auf der Seite dieser Website an.',
    method_not_allowed: 'Diese Adresse nimmt nur das Formular ihrer Seite an.',
    too_many_attempts: 'Zu viele Versuche sind fehlgeschlagen. Bitte versuchen Sie es später noch einmal.',
    temporarily_unavailable: 'Die Anmeldung ist zurzeit nicht möglich. Bitte versuchen Sie es später noch einmal.',
    server_error: 'Hier ist etwas schiefgegangen. Bitte versuchen Sie es später noch einmal.'
  },
  faults: {
    wrongPassword: 'Das Passwort ist falsch.',
    noEmailAddress: 'Das ist keine E-Mail-Adresse.',
    unverifiedEmail: 'Die E-Mail-Adresse dieses Kontos ist nicht bestätigt.',
    shortPassword: ({ minLength }) => `Das Passwort braucht mindestens ${minLength} Zeichen.`,
    compromisedPassword:
      'Dieses Passwort steht in einer Liste veröffentlichter Passwörter. Bitte wählen Sie ein anderes.',
    unusablePassword: 'Dieses Passwort ist zu lang oder enthält ein Zeichen, das nicht möglich ist.'
  }
}
