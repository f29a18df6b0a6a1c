/**
 * Ends one kind of credentials of a subject, when `app.guard.revokeAll()` is called. Register it with
 * `app.guard.addRevocation()`, or with `addRevocation()` of `@latchkey/guard/plugin` where there may be no guard yet.
 *
 * @example
 * ```ts
 * app.guard.addRevocation({ name: 'my-keys', revokeAll: async (subject) => keys.removeOf(subject) })
 * ```
 */
export interface Revocation {
  /** The name of the plugin, for the log. */
  readonly name: string
  /**
   * Whether these credentials can be exchanged for others, as a session for an authorization code. They are ended before the
   * others, so that nothing is issued by a credential that has not ended yet. Default: `false`.
   */
  readonly first?: boolean
  /**
   * Ends all credentials of this kind that the subject has. Resolves when this is stored. A subject without any is not an error. A
   * second call with the same subject must be possible: after a failure `revokeAll()` is called again.
   *
   * @throws an error with `statusCode` 503 when this cannot be done now
   */
  revokeAll(subject: string): Promise<unknown>
}
