/**
 * The application uses a plugin or a function wrongly: an option or an argument is wrong, or something is registered twice. The
 * message names the option and the fix. It contains no value. The `code` is always `LATCHKEY_REGISTRATION`.
 */
export class RegistrationError extends TypeError {
  readonly code = 'LATCHKEY_REGISTRATION' as const
  override readonly name = 'RegistrationError'

  /**
   * @param caller - the plugin or the function, such as `@latchkey/guard` or `storedKeys()`. The message begins with it
   * @param fault - the rest of the message: the option, the rule and the fix. Never the value
   */
  constructor(caller: string, fault: string, options?: { readonly cause: unknown }) {
    super(`${caller}: ${fault}`, options)
  }
}
