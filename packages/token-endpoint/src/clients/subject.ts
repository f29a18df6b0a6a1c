const PREFIX = 'client:'

/** The longest subject of a token, in characters. */
export const LONGEST_SUBJECT = 255

/**
 * The subject of a client that acts for itself. RFC 9068 §2.2 requires a subject that identifies the client. The identifier
 * alone could be the subject of a user.
 *
 * @see [RFC 9700 §4.15](https://www.rfc-editor.org/rfc/rfc9700#section-4.15)
 */
export function clientSubject(clientId: string): string {
  return PREFIX + clientId
}

/** Whether a subject is that of a client. No user may have such a subject. */
export function isClientSubject(subject: string): boolean {
  return subject.startsWith(PREFIX)
}
