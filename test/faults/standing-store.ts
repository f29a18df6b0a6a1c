import type { Store } from '@latchkey/store'

/** Before or after a change in the store: the exchange of a refresh token, or a change of a record of one kind. */
export type Stop = `${'before' | 'after'} ${Step}`

type Step = 'rotating' | `${'creating' | 'replacing' | 'removing'} ${RecordKind}`

/** The records of the authorization endpoint. */
type RecordKind =
  | 'authorization-code'
  | 'authorization-request'
  | 'client'
  | 'consent'
  | 'device-code'
  | 'device-decision'
  | 'pushed-request'
  | 'user-code'

/** A store in which each request waits for `stand` at the stop: for ever, if it never resolves. */
export function standingStore(store: Store, stop: Stop | undefined, stand: (stop: Stop) => Promise<unknown>): Store {
  const { refreshTokens, records } = store
  return {
    ...store,
    refreshTokens: {
      ...refreshTokens,
      rotate: async (rotation) => around('rotating', async () => refreshTokens.rotate(rotation))
    },
    records: {
      ...records,
      create: async (record, most) => around(`creating ${record.kind}`, async () => records.create(record, most)),
      replace: async (key, version, change) =>
        around(`replacing ${key.kind}`, async () => records.replace(key, version, change)),
      remove: async (key) => around(`removing ${key.kind}`, async () => records.remove(key))
    }
  }

  async function around<T>(step: string, change: () => Promise<T>): Promise<T> {
    if (stop === `before ${step}`) await stand(stop)
    const result = await change()
    if (stop === `after ${step}`) await stand(stop)
    return result
  }
}
