/** Removes the oldest entries of a map until there is room for one more. */
export function makeRoom(entries: Map<string, unknown>, limit: number): void {
  for (const oldest of entries.keys()) {
    if (entries.size < limit) return
    entries.delete(oldest)
  }
}
