import type { Adapter, AdapterPayload } from 'oidc-provider'

interface Entry {
  readonly model: string
  readonly id: string
  payload: AdapterPayload
  readonly expiresAt: number
}

/**
 * What the provider remembers, in memory and for one instance: codes, tokens, grants and sessions. It outlives a change
 * of signing keys, for which oidc-provider has to be built anew.
 */
export class Store {
  readonly #entries = new Map<string, Entry>()

  /** What oidc-provider stores each kind of thing through. */
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

  /** Changes every authorization code that nobody has used yet. Says whether there was one. */
  spoilCodes(change: AdapterPayload): boolean {
    const codes = this.#all('AuthorizationCode').filter(({ payload }) => payload.consumed === undefined)
    for (const code of codes) code.payload = { ...code.payload, ...change }
    return codes.length > 0
  }

  /** The sessions of one person. */
  sessions(subject: string): AdapterPayload[] {
    const payloads = this.#all('Session').map(({ payload }) => payload)
    return payloads.filter(({ accountId }) => accountId === subject)
  }

  /** Forgets the sessions of one person. */
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

/** Seconds since 1970. */
export function now(): number {
  return Math.floor(Date.now() / 1000)
}
