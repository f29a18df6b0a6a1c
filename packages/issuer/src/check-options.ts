/** The end of the sentence "option must ...", and the test of a value. */
export type OptionCheck = readonly [must: string, holds: (value: unknown) => boolean]

/** @throws TypeError naming the first option that is unknown or ill-typed, and the fix; never its value */
export function checkOptions<Options extends object>(
  of: string,
  options: Options,
  checks: { readonly [Name in keyof Required<Options>]: OptionCheck }
): void {
  const known = new Map<string, OptionCheck>(Object.entries(checks))
  for (const [name, value] of Object.entries(options)) {
    const check = known.get(name)
    if (check === undefined) {
      throw new TypeError(`${of}: option "${name}" does not exist: the options are ${[...known.keys()].join(', ')}`)
    }
    const [must, holds] = check
    if (value !== undefined && !holds(value)) throw new TypeError(`${of}: option "${name}" must ${must}`)
  }
}

/** A whole number between two bounds, both included. */
export function integer(least: number, most: number, unit: string): OptionCheck {
  return [
    `be a whole number of ${unit} from ${least} to ${most}`,
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most
  ]
}

/** One of a few strings. */
export function oneOf(...texts: readonly string[]): OptionCheck {
  return [
    `be ${texts.map((text) => `'${text}'`).join(' or ')}`,
    (value) => typeof value === 'string' && texts.includes(value)
  ]
}

/** A list with at least one member, where each member passes the check. */
export function listOf(what: string, isMember: (value: unknown) => boolean): OptionCheck {
  return [
    `be a list of at least one of ${what}`,
    (value) => Array.isArray(value) && value.length > 0 && value.every(isMember)
  ]
}

export const boolean: OptionCheck = ['be true or false', (value) => typeof value === 'boolean']

export const aFunction: OptionCheck = ['be a function', (value) => typeof value === 'function']
