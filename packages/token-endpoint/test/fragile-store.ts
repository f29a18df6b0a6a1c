import { type Store, StoreUnavailableError } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'

type Part = 'refreshTokens' | 'revocations'

/** A store in which each method can be made to fail. */
export interface FragileStore extends Pick<Store, Part> {
  /** The methods that reject, such as `revocations.since`. */
  readonly down: Set<string>
  /** The calls, in order. */
  readonly calls: string[]
}

export function fragileStore(): FragileStore {
  const store = memoryStore()
  const down = new Set<string>()
  const calls: string[] = []
  return {
    down,
    calls,
    refreshTokens: breakable('refreshTokens', store.refreshTokens),
    revocations: breakable('revocations', store.revocations)
  }

  function breakable<Methods extends object>(part: Part, methods: Methods): Methods {
    return new Proxy(
      { ...methods },
      {
        get(target, method, receiver) {
          const name = `${part}.${String(method)}`
          const call = Reflect.get(target, method, receiver) as (...given: unknown[]) => Promise<unknown>
          return async (...given: unknown[]) => {
            calls.push(name)
            if (down.has(name)) throw new StoreUnavailableError('ECONNREFUSED')
            return call(...given)
          }
        }
      }
    )
  }
}
