/** The only client of the server. */
export const CLIENT_ID = 'bench'

/** The grant type that gives a client its first refresh token. */
export const GRANT_TYPE = 'urn:latchkey:bench'
