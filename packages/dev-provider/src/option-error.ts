/** An option is not possible. The message names the option and the fix, not its value. */
export class OptionError extends TypeError {
  /** The name of the option. */
  readonly option: string

  /** @param fault - the rest of the sentence after the option's name, as in `must be a port` */
  constructor(option: string, fault: string) {
    super(`@latchkey/dev-provider: the option ${option} ${fault}`)
    this.name = 'OptionError'
    this.option = option
  }
}
