/** An option that does not hold together. The message names it and says how it must be, not what it was. */
export class OptionError extends TypeError {
  /** The option. */
  readonly option: string

  /** @param fault - goes on after the option's name, as in `must be a port` */
  constructor(option: string, fault: string) {
    super(`@latchkey/dev-provider: the option ${option} ${fault}`)
    this.name = 'OptionError'
    this.option = option
  }
}
