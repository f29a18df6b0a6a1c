import type { OptionCheck } from '@latchkey/guard'

/** A check for each member that an object among the options may have. */
export type MemberChecks<Members> = { readonly [Name in keyof Required<Members>]: OptionCheck }

/** The first member that is not as it must be, by its path, with the fix; or nothing. Never repeats a value. */
export function faultyMember<Members>(given: object, checks: MemberChecks<Members>, at: string): string | undefined {
  for (const [name, check] of Object.entries<OptionCheck>(checks)) {
    const fault = check(Reflect.get(given, name))
    if (fault !== undefined) return `${at}.${name} ${fault}`
  }
  return undefined
}

/** The first member that there is no check for: a restriction whose name is misspelt would restrict nothing. */
export function unknownMember<Members>(given: object, checks: MemberChecks<Members>, at: string): string | undefined {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(checks, name))
  return unknown === undefined
    ? undefined
    : `${at}.${unknown} does not exist: the members are ${Object.keys(checks).join(', ')}`
}
