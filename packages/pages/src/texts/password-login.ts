/** A field of a form. */
export interface FieldTexts {
  readonly label: string
  /** The sentence for a field that was left empty. */
  readonly missing: string
}

/** A page with a form. */
export interface FormTexts {
  readonly title: string
  /** The sentence above the fields. */
  readonly intro: string
  readonly button: string
}

/** A page after a form was taken. */
export interface DoneTexts {
  readonly title: string
  readonly text: string
}

/** The texts of the pages of `@latchkey/password-login`. */
export interface PasswordLoginTexts {
  /** The button of the form, and the links to the page where users log in. */
  readonly logIn: string
  readonly stayLoggedIn: string
  /** The links below the form. */
  readonly forgotPassword: string
  readonly createAccount: string
  /** The link on the page of a link that does not work. */
  readonly askForNewLink: string
  readonly fields: {
    readonly username: FieldTexts
    /** The e-mail address to log in with. */
    readonly loginEmail: FieldTexts
    readonly password: FieldTexts
    readonly currentPassword: FieldTexts
    readonly newPassword: FieldTexts
    readonly email: FieldTexts
    readonly newEmail: FieldTexts
  }
  /** The sentence about a new password. */
  readonly newPasswordHint: (password: { readonly minLength: number }) => string
  readonly signUp: FormTexts
  readonly signUpLink: FormTexts
  readonly verifyEmail: FormTexts
  readonly resetPassword: FormTexts
  readonly resetPasswordLink: FormTexts
  readonly changePassword: FormTexts
  readonly changeEmail: FormTexts
  readonly changeEmailLink: FormTexts
  /** The page after a mail was asked for. */
  readonly mailSent: DoneTexts
  /** The page after the password was reset. */
  readonly passwordSet: DoneTexts
  /** Errors, by their code. */
  readonly errors: {
    readonly invalid_credentials: string
    readonly invalid_link: string
    readonly invalid_request: string
    readonly no_password: string
    readonly weak_password: string
    readonly username_unavailable: string
    readonly unverified_email: string
    readonly session_required: string
    readonly recent_login_required: string
    readonly cross_site_request: string
    readonly method_not_allowed: string
    readonly too_many_attempts: string
    readonly temporarily_unavailable: string
    readonly server_error: string
  }
  /** Errors of single fields. */
  readonly faults: {
    readonly wrongPassword: string
    readonly noEmailAddress: string
    readonly unverifiedEmail: string
    readonly shortPassword: (password: { readonly minLength: number }) => string
    readonly compromisedPassword: string
    readonly unusablePassword: string
  }
}
