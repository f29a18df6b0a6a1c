import { LRUCache } from 'lru-cache'

/**
 * A map of at most `most` entries, in which the least recently used one makes room. It grows with its entries: with the option
 * `max`, lru-cache allocates all of its room at once, which takes 1 ms of a start for 10,000 entries.
 */
export function recentlyUsed<Value extends object | number>(most: number): LRUCache<string, Value> {
  return new LRUCache<string, Value>({ maxSize: most, sizeCalculation: () => 1 })
}
