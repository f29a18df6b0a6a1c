/** One small fault that a test must notice. */
export interface Mutant {
  /** The behaviour that the fault breaks. Unique. */
  readonly breaks: string
  /** The source file, from the root of the repository. */
  readonly file: string
  /** A text that stands in the file exactly once. */
  readonly find: string
  /** The text that takes its place. */
  readonly replace: string
  /** The test files and folders that have to fail. */
  readonly tests: readonly string[]
}
