import { InvalidOptionError } from './errors.ts'

/** Looks at one option's value; the answer is what is wrong with it and how to mend it, or nothing. */
export type OptionCheck = (value: unknown) => string | undefined

// What Fastify itself reads from the options of register().
const FASTIFY_OPTIONS = new Set(['prefix', 'logLevel', 'logSerializers'])

/**
 * A frozen shallow copy of a plugin's options, once every one of them is known and well-formed. For authors of plugins.
 * Does not copy what the options hold: keys and functions are used as they are given.
 *
 * @param plugin - the package name that error messages start with
 * @param checks - a check for each option that exists
 * @throws InvalidOptionError naming the first option that is unknown or ill-typed, and the fix
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

/** A check that reads as a sentence: `must('be a list of issuers', Array.isArray)`. */
export function must(sentence: string, holds: (value: unknown) => boolean): OptionCheck {
  return (value) => (holds(value) ? undefined : `must ${sentence}`)
}

/** The same check for an option that may be left out. */
export function optional(check: OptionCheck): OptionCheck {
  return (value) => (value === undefined ? undefined : check(value))
}

/** A check for an option that is a function. */
export const mustBeFunction: OptionCheck = must('be a function', (value) => typeof value === 'function')

/** A check for a whole number between two bounds, both included. `unit` goes into the message. */
export function mustBeInteger(least: number, most: number, unit: string): OptionCheck {
  return must(
    `be a whole number of ${unit} from ${least} to ${most}`,
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most
  )
}
