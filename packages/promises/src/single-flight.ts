/**
 * Returns a function that shares calls: while a call for a key runs, further calls for the key get the same promise. Remembers
 * neither the result nor the error after the call has ended.
 *
 * @example
 * const shared = singleFlight<User>()
 * const user = await shared(name, () => findUser(name))
 */
export function singleFlight<Answer>(): (key: string, call: () => Promise<Answer>) => Promise<Answer> {
  const underWay = new Map<string, Promise<Answer>>()
  return (key, call) => {
    const shared = underWay.get(key)
    if (shared !== undefined) return shared
    const started = call().finally(() => underWay.delete(key))
    underWay.set(key, started)
    return started
  }
}
