/** A cause of an error that contains a secret. */
export interface QuotingCause {
  readonly name: string
  cause(secret: string): unknown
  /** The text in the log after the redaction, if the outer message is `the request failed`. */
  readonly logged: RegExp
}

/** Causes that contain a secret, for tests of logs without secrets. */
export const quotingCauses: readonly QuotingCause[] = [
  { name: 'an error', cause: (secret) => new Error(`401 for ${secret}`), logged: /401 for \[redacted\]/ },
  { name: 'a text', cause: (secret) => secret, logged: /the request failed/ },
  { name: 'an object', cause: (secret) => ({ secret }), logged: /the request failed/ },
  { name: 'a DOMException', cause: (secret) => new DOMException(`no ${secret}`), logged: /no \[redacted\]/ },
  {
    name: 'an error without a stack',
    cause: (secret) => Object.assign(new Error(secret), { stack: undefined }),
    logged: /the request failed/
  }
]
