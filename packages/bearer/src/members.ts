import type { OptionCheck } from '@latchkey/guard'

/** The checks for each member of an object in the options. */
export type MemberChecks<Members> = { readonly [Name in keyof Required<Members>]: OptionCheck }

/** Returns the first member with a wrong value, by its path and with the fix; or `undefined`. Never repeats a value. */
export function faultyMember<Members>(given: object, checks: MemberChecks<Members>, at: string): string | undefined {
  for (const [name, check] of Object.entries<OptionCheck>(checks)) {
    const fault = check(Reflect.get(given, name))
    if (fault !== undefined) return `${at}.${name} ${fault}`
  }
  return undefined
}

/** Returns the first member without a check: a restriction with a misspelt name would restrict nothing. */
export function unknownMember<Members>(given: object, checks: MemberChecks<Members>, at: string): string | undefined {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(checks, name))
  return unknown === undefined
    ? undefined
    : `${at}.${unknown} does not exist: the members are ${Object.keys(checks).join(', ')}`
}
