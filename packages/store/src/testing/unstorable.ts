/** Texts that a database would change or reject: with NUL, and with half a surrogate pair. */
export const UNSTORABLE: readonly string[] = ['a\0b', 'a\ud800b', '\udc00']
