/** The public client of the server. */
export const CLIENT_ID = 'bench'

/** The client that authenticates with a secret. */
export const JOB_ID = 'job'

/** The grant type that gives a client its first refresh token. */
export const GRANT_TYPE = 'urn:latchkey:bench'

/** What clients ask for again and again. `none` is a route that reads the same form and does nothing with it. */
export type Grant = 'refresh_token' | 'password' | 'client_credentials' | 'none'

/** The password of every user. */
export const PASSWORD = 'correct horse battery staple'

/** The name of a user. */
export function username(client: number): string {
  return `user-${client}`
}
