/**
 * Returns the name that was probably meant by another one: the nearest, if it differs in one letter of three, and in two letters
 * at most, in either case; otherwise `undefined`.
 */
export function nearName(name: string, names: readonly string[]): string | undefined {
  const distances = names.map((known) => ({ known, distance: distance(name.toLowerCase(), known.toLowerCase()) }))
  const [nearest] = distances.sort((one, other) => one.distance - other.distance)
  return nearest !== undefined && nearest.distance <= Math.min(2, name.length / 3) ? nearest.known : undefined
}

/** The number of letters to insert, remove or replace to make one text of the other. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (const [at, letter] of Array.from(one).entries()) {
    const next = [at + 1]
    for (const [to, wanted] of Array.from(other).entries()) {
      next.push(Math.min(Number(row[to + 1]) + 1, Number(next[to]) + 1, Number(row[to]) + Number(letter !== wanted)))
    }
    row = next
  }
  return Number(row.at(-1))
}
