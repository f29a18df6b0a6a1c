import type { Adapter, AdapterPayload } from 'oidc-provider'

interface Entry {
  readonly model: string
  readonly id: string
  payload: AdapterPayload
  readonly expiresAt: number
}

/**
 * The data of one instance, in memory: codes, tokens, grants and sessions. It stays when the signing key changes and a new
 * oidc-provider is created.
 */
export class Store {
  readonly #entries = new Map<string, Entry>()

  /** Returns the adapter through which oidc-provider stores one type of data. */
  adapter(model: string): Adapter {
    const key = (id: string): string => `${model}:${id}`
    const find = async (holds: (entry: Entry) => boolean): Promise<AdapterPayload | undefined> =>
      this.#all(model).find(holds)?.payload
    return {
      upsert: async (id, payload, expiresIn = 0) => {
        this.#forgetExpired()
        this.#entries.set(key(id), { model, id, payload, expiresAt: Date.now() + expiresIn * 1000 })
      },
      find: async (id) => this.#entries.get(key(id))?.payload,
      findByUid: (uid) => find(({ payload }) => payload.uid === uid),
      /* c8 ignore next 2 -- the interface demands it, and it is for the device flow, which no profile has */
      findByUserCode: async () => undefined,
      consume: async (id) => {
        const entry = this.#entries.get(key(id))
        if (entry) entry.payload = { ...entry.payload, consumed: now() }
      },
      destroy: async (id) => {
        this.#entries.delete(key(id))
      },
      revokeByGrantId: async (grantId) => {
        for (const entry of this.#all(model)) if (entry.payload.grantId === grantId) this.#delete(entry)
      }
    }
  }

  /** Changes every authorization code that is not yet used. Returns whether there was one. */
  spoilCodes(change: AdapterPayload): boolean {
    const codes = this.#all('AuthorizationCode').filter(({ payload }) => payload.consumed === undefined)
    for (const code of codes) code.payload = { ...code.payload, ...change }
    return codes.length > 0
  }

  /** Returns the sessions of a person. */
  sessions(subject: string): AdapterPayload[] {
    const payloads = this.#all('Session').map(({ payload }) => payload)
    return payloads.filter(({ accountId }) => accountId === subject)
  }

  /** Removes the sessions of a person. */
  endSessions(subject: string): void {
    for (const entry of this.#all('Session')) if (entry.payload.accountId === subject) this.#delete(entry)
  }

  #all(model: string): Entry[] {
    return [...this.#entries.values()].filter((entry) => entry.model === model)
  }

  #delete({ model, id }: Entry): void {
    this.#entries.delete(`${model}:${id}`)
  }

  #forgetExpired(): void {
    for (const entry of this.#entries.values()) if (entry.expiresAt < Date.now()) this.#delete(entry)
  }
}

/** Returns seconds since 1970. */
export function now(): number {
  return Math.floor(Date.now() / 1000)
}
