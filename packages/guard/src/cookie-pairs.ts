/**
 * Returns the pairs of a `Cookie` header whose name begins with a prefix, unchanged and in their order, as input for a cookie
 * library. Other cookies only cost the search for the prefix. A name without `=` and a value counts as a pair.
 *
 * Finds the same pairs as the package `cookie`: a pair ends at a semicolon, and spaces and tabs around a name do not count.
 * Does not decode anything.
 *
 * @example
 * const pairs = cookiePairs('a=1; __Host-session=x; b=2', '__Host-session') // ['__Host-session=x']
 */
export function cookiePairs(header: string, prefix: string): string[] {
  const pairs: string[] = []
  let at = header.indexOf(prefix)
  while (at !== -1) {
    let next = at + prefix.length
    if (beginsPair(header, at)) {
      const end = header.indexOf(';', next)
      next = end === -1 ? header.length : end
      pairs.push(header.slice(at, next))
    }
    at = header.indexOf(prefix, next)
  }
  return pairs
}

function beginsPair(header: string, at: number): boolean {
  let before = at - 1
  while (header[before] === ' ' || header[before] === '\t') before--
  return before === -1 || header[before] === ';'
}
