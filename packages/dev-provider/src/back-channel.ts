import type { Provider } from 'oidc-provider'
import type { Store } from './store.ts'

/** A method of oidc-provider's clients that its types leave out. */
interface LogoutReceiver {
  backchannelLogout(subject: string, sid: string | undefined): Promise<void>
}

/**
 * Ends a person's sessions, and sends logout tokens to the clients that registered for them. Rejects when a client does not
 * accept its token.
 */
export async function logOutEverywhere({ Client }: Provider, store: Store, subject: string): Promise<void> {
  const authorizations = store.sessions(subject).flatMap((session) => Object.entries({ ...session.authorizations }))
  store.endSessions(subject)
  await Promise.all(
    authorizations.map(async ([clientId, { sid }]) => {
      const client = await Client.find(clientId)
      if (client?.backchannelLogoutUri === undefined) return
      await (client as unknown as LogoutReceiver).backchannelLogout(subject, sid) // see LogoutReceiver
    })
  )
}
