const UNSTORABLE = /[\0\p{Surrogate}]/u

/**
 * Refuses values that a database would silently change, or fail on: values other than text, numbers and `null`; text with NUL,
 * which comes back cut; and text with half a surrogate pair, which is not valid UTF-8 and would come back as another text.
 *
 * @throws TypeError
 */
export function mustBeStorable(values: readonly unknown[]): void {
  for (const value of values) {
    if (typeof value === 'string' ? UNSTORABLE.test(value) : value !== null && !Number.isFinite(value)) throw refusal()
  }
}

/**
 * Wraps the methods of a contract. They reject values that {@link mustBeStorable} refuses, anywhere in their arguments. Every
 * adapter wraps its contracts, so that all adapters accept the same texts.
 */
export function storableOnly<Contract extends object>(contract: Contract): Contract {
  const methods = Object.entries(contract).map(([name, method]: [string, Method]): [string, Method] => [
    name,
    (...given) => (given.every(isStorable) ? method(...given) : Promise.reject(refusal()))
  ])
  return Object.freeze(Object.fromEntries(methods)) as Contract // the same names, with functions of the same types
}

type Method = (...given: unknown[]) => unknown

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !UNSTORABLE.test(value)
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value !== 'object' || value === null || Object.values(value).every(isStorable)
}

function refusal(): TypeError {
  return new TypeError('Only text without NUL and without unpaired surrogates, numbers and null can be stored')
}
