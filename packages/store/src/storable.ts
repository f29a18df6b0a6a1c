const UNSTORABLE = /[\0\p{Surrogate}]/u

/**
 * Refuses what a database would change or choke on without a word: anything but text, numbers and `null`; text with NUL,
 * which comes back cut; and text with half a surrogate pair, which is no UTF-8 and would come back as another text.
 *
 * @throws TypeError
 */
export function mustBeStorable(values: readonly unknown[]): void {
  for (const value of values) {
    if (typeof value === 'string' ? UNSTORABLE.test(value) : value !== null && !Number.isFinite(value)) throw refusal()
  }
}

/**
 * The same methods, which reject what {@link mustBeStorable} refuses, wherever in their arguments it is. Every adapter
 * passes its contracts through here, so that all of them take the same texts.
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
