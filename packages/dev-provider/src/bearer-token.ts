import { now, type Store } from './store.ts'

/** The stored data of an access token. */
interface BearerToken {
  readonly subject: string
  readonly clientId: string
  readonly scopes: ReadonlySet<string>
  /** Seconds since 1970. */
  readonly expiresAt: number
}

/** Returns the access token in an Authorization header, if this provider issued it and it has not expired. */
export async function bearerToken(header: string, store: Store): Promise<BearerToken | undefined> {
  const [, credentials = ''] = /^Bearer ([\w-]+)$/i.exec(header) ?? []
  const stored = await store.adapter('AccessToken').find(credentials)
  const { accountId = '', clientId = '', scope = '', exp = 0 } = stored ?? {}
  return exp > now() ? { subject: accountId, clientId, scopes: new Set(scope.split(' ')), expiresAt: exp } : undefined
}
