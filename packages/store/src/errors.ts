/** The seconds after which a client may try again after a {@link StoreUnavailableError}. */
export const STORE_RETRY_AFTER = 5

/**
 * The database did not answer, or not in time. The operation may have happened or not. Fastify answers with its `statusCode`,
 * 503. The message reveals nothing about the database. `cause` is an `Error` whose message is the reason, at most the driver's
 * error code. It is an `Error` because loggers leave out other causes.
 */
export class StoreUnavailableError extends Error {
  override readonly name: string = 'StoreUnavailableError'
  readonly code: string = 'LATCHKEY_STORE_UNAVAILABLE'
  readonly statusCode: number = 503
  /** When to try again, in seconds. */
  readonly retryAfter: number = STORE_RETRY_AFTER

  /** @param reason - for the log. Must not reveal the address or the content of the database */
  constructor(reason: string) {
    super('The store does not answer', { cause: new Error(reason) })
  }
}

/**
 * The database answers, but this program cannot use it: its tables are missing, or a newer version of this package has changed
 * them. Retrying does not help, so plugins do not let the server start. The message names the fix.
 */
export class StoreSetupError extends Error {
  override readonly name: string = 'StoreSetupError'
  readonly code: string = 'LATCHKEY_STORE_SETUP'
}

/**
 * A bounded store has no room, and it would be unsafe to forget another entry. Nothing was changed. Its `statusCode` is 503.
 */
export class StoreFullError extends Error {
  override readonly name: string = 'StoreFullError'
  readonly code: string = 'LATCHKEY_STORE_FULL'
  readonly statusCode: number = 503
  /** When to try again, in seconds. */
  readonly retryAfter: number = 60

  /** @param what - the entries that do not fit, in the plural */
  constructor(what: string) {
    super(`The store has no room for more ${what}`)
  }
}
