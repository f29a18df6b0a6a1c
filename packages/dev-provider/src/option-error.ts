/** An option has a wrong value. The message names the option and the fix, not its value. */
export class OptionError extends TypeError {
  /** The name of the option. */
  readonly option: string

  /** @param requirement - the rest of the sentence after the option's name, as in `must be a port` */
  constructor(option: string, requirement: string) {
    super(`@latchkey/dev-provider: the option ${option} ${requirement}`)
    this.name = 'OptionError'
    this.option = option
  }
}
