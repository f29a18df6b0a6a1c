/**
 * A command cannot do its work: an argument is wrong, a file cannot be loaded, a server cannot be reached. The program prints the
 * message, without a stack.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  /** The exit code of the program. */
  readonly exitCode: 1 | 2

  /**
   * @param message - the fault and its fix. Contains no secret
   * @param exitCode - 2 if the command could not do its work, 1 if it did and the answer is no. Default: 2
   */
  constructor(message: string, { exitCode = 2, cause }: { readonly exitCode?: 1 | 2; readonly cause?: unknown } = {}) {
    super(message, { cause })
    this.exitCode = exitCode
  }
}
