/** Returns a list without the entries of another one. Each entry removes one with an equal key. */
export function without<Entry>(
  list: readonly Entry[],
  removed: readonly Entry[],
  keyOf: (entry: Entry) => string
): readonly Entry[] {
  const left = removed.map(keyOf)
  return list.filter((entry) => {
    const at = left.indexOf(keyOf(entry))
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
}
