import { InvalidOptionError } from './errors.ts'

/** Checks the value of one option. Returns the fault and its fix, or `undefined` if the value is valid. */
export type OptionCheck = (value: unknown) => string | undefined

// Options of `register()` that Fastify reads itself.
const FASTIFY_OPTIONS = new Set(['prefix', 'logLevel', 'logSerializers'])

/**
 * Checks the options of a plugin and returns a frozen shallow copy of them. For authors of plugins. Does not copy the values:
 * keys and functions are used as they are given.
 *
 * @param plugin - the package name at the start of error messages
 * @param checks - one check for each option that exists
 * @throws InvalidOptionError naming the first option that is unknown or ill-typed, and the fix
 *
 * @example
 * ```ts
 * const options = checkOptions('my-plugin', given, {
 *   issuer: must("be an origin such as 'https://login.example.com'", isOrigin),
 *   timeout: optional(mustBeInteger(1, 60, 'seconds'))
 * })
 * ```
 */
export function checkOptions<Options extends object>(
  plugin: string,
  options: Options,
  checks: { readonly [Name in keyof Required<Options>]: OptionCheck }
): Readonly<Options> {
  const known = new Map<string, OptionCheck>(Object.entries(checks))
  for (const name of Object.keys(options)) {
    if (known.has(name) || FASTIFY_OPTIONS.has(name)) continue
    throw new InvalidOptionError(plugin, name, `does not exist: the options are ${[...known.keys()].join(', ')}`)
  }
  const values = new Map<string, unknown>(Object.entries(options))
  for (const [name, check] of known) {
    const fault = check(values.get(name))
    if (fault !== undefined) throw new InvalidOptionError(plugin, name, fault)
  }
  return Object.freeze({ ...options })
}

/**
 * Makes a check from a sentence and a condition: `must('be a list of issuers', Array.isArray)`. The message is "must" and the
 * sentence.
 */
export function must(sentence: string, holds: (value: unknown) => boolean): OptionCheck {
  return (value) => (holds(value) ? undefined : `must ${sentence}`)
}

/** The same check for an optional option: `undefined` is valid. */
export function optional(check: OptionCheck): OptionCheck {
  return (value) => (value === undefined ? undefined : check(value))
}

/** A check for an option that is a function. */
export const mustBeFunction: OptionCheck = must('be a function', (value) => typeof value === 'function')

/** A check for a whole number from `least` to `most`, both included. `unit` is part of the message. */
export function mustBeInteger(least: number, most: number, unit: string): OptionCheck {
  return must(
    `be a whole number of ${unit} from ${least} to ${most}`,
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most
  )
}
