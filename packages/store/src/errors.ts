/** In how many seconds a client may try again after a {@link StoreUnavailableError}. */
export const STORE_RETRY_AFTER = 5

/**
 * The database did not answer, or not in time: what was asked may have happened or not. Its `statusCode` is 503, which
 * Fastify answers with. The message says nothing of the database; `cause` is an `Error` whose message is the reason, at
 * most the driver's error code. Loggers leave out causes that are no errors.
 */
export class StoreUnavailableError extends Error {
  override readonly name: string = 'StoreUnavailableError'
  readonly code: string = 'LATCHKEY_STORE_UNAVAILABLE'
  readonly statusCode: number = 503
  /** When to try again, in seconds. */
  readonly retryAfter: number = STORE_RETRY_AFTER

  /** @param reason - for the log: nothing that tells where the database is, or what is in it */
  constructor(reason: string) {
    super('The store does not answer', { cause: new Error(reason) })
  }
}

/**
 * The database answers, but this program cannot use it: its tables are missing, or a newer version of this package has
 * changed them. Waiting does not help, so plugins do not let the server start. The message names the fix.
 */
export class StoreSetupError extends Error {
  override readonly name: string = 'StoreSetupError'
  readonly code: string = 'LATCHKEY_STORE_SETUP'
}

/**
 * A bounded store has no room, and forgetting something else instead would be unsafe: nothing was changed. Its
 * `statusCode` is 503.
 */
export class StoreFullError extends Error {
  override readonly name: string = 'StoreFullError'
  readonly code: string = 'LATCHKEY_STORE_FULL'
  readonly statusCode: number = 503
  /** When to try again, in seconds. */
  readonly retryAfter: number = 60

  /** @param what - what there is no room for, in the plural */
  constructor(what: string) {
    super(`The store has no room for more ${what}`)
  }
}
