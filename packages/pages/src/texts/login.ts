/** The texts of the pages of `@latchkey/login`. */
export interface LoginTexts {
  /** The title of the page where users log in. */
  readonly title: string
  /** Between the ways to log in. */
  readonly or: string
  /** The link to the page where users log in. */
  readonly logIn: string
  /**
   * The button of a provider. Google, Microsoft and Apple have rules for its wording.
   *
   * @param provider.brand - whose button it looks like; `null` for none
   */
  readonly logInWith: (provider: { readonly name: string; readonly brand: string | null }) => string
  /** The title and the button of the page that asks whether to log out. */
  readonly logOut: string
  /** The title of the page after a login. */
  readonly loggedIn: string
  /** The link of that page. */
  readonly goOn: string
  /** The titles of the pages about an error, by its code. */
  readonly errors: {
    readonly invalid_state: string
    readonly invalid_response: string
    readonly access_denied: string
    readonly login_refused: string
    readonly login_required: string
    readonly recent_login_required: string
    readonly cross_site_request: string
    readonly unknown_provider: string
    readonly method_not_allowed: string
    readonly identity_taken: string
    readonly last_identity: string
    readonly invalid_logout_token: string
    readonly provider_error: string
    readonly provider_unavailable: string
    readonly provider_timeout: string
    readonly server_error: string
    readonly temporarily_unavailable: string
    readonly invalid_request: string
  }
}
