/** Checks a password against one stored hash. Rejects if a library fails. */
export type Check = (password: string) => Promise<boolean>

/** An old form of stored hashes, for the option `legacyHashes`. Functions such as `bcryptHashes()` make it. */
export interface LegacyHashes {
  /** The name of the function that made it. */
  readonly form: string
  /** The check for a stored hash of this form; `undefined` if it is of another form, malformed or too costly. */
  readonly read: (passwordHash: string) => Check | undefined
  /** Costs as much as a check of a stored hash with the parameters of this value. Always false. */
  readonly decoy: Check
  /** Hashes contain only this number of bytes of a password. Default: all. */
  readonly mostBytes?: number
}

const made = new WeakSet()

/** Marks the value as made by this package. */
export function legacyForm(form: LegacyHashes): LegacyHashes {
  made.add(form)
  return Object.freeze(form)
}

/** Whether a function of this package made the value. */
export function isLegacyForm(value: unknown): boolean {
  return typeof value === 'object' && value !== null && made.has(value)
}
