import { sha256 } from '@latchkey/guard/plugin'

// The hash of a secret, and an idle timeout in seconds.
const SESSION_ID = /^[\w-]{43}(?:\.([1-9]\d{1,7}))?$/

/**
 * Returns the identifier of a session, its key in the store. The idle timeout is a part of it, because a list of sessions has no
 * cookies and a stored session has no such member.
 *
 * @param idle - in seconds; `null` for the idle timeout of the plugin
 */
export function sessionId(secret: string, idle: number | null): string {
  const hash = sha256(secret)
  return idle === null ? hash : `${hash}.${idle}`
}

/** Whether a text can be the identifier of a session. */
export function isSessionId(text: string): boolean {
  return SESSION_ID.test(text)
}

/** Returns the session's own idle timeout in seconds; `Infinity` if it has none. */
export function idleTimeoutOf(id: string): number {
  return Number(SESSION_ID.exec(id)?.[1] ?? Number.POSITIVE_INFINITY)
}
