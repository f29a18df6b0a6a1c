import type { FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { SessionSealer, UnsealedSession } from './codec.ts'
import type { SessionCookie } from './cookie.ts'
import { absoluteEndOf, fromContent, type OpenedSession } from './sealed-session.ts'

/** Opens the cookies of requests. */
export interface OpenedCookies {
  /**
   * Returns the session in a request's cookie; `null` if there is none or it is past its absolute timeout. Does not check
   * whether the store has ended it.
   */
  open(request: FastifyRequest): OpenedSession | null | Promise<OpenedSession | null>
}

const MOST_REMEMBERED = 10_000
/** The limit for the sealed texts; their opened content takes as much again. */
const MOST_CHARACTERS = 10_000_000

// Header strings are new per request, so V8 would hash all of it; 32 characters are enough.
const KEY_CHARACTERS = 32

/** Opens each cookie once and caches the result by the cookie's text: a browser sends the same text each time. */
export function openedCookies(
  cookie: SessionCookie,
  sealer: SessionSealer,
  { absoluteTimeout, seconds }: { readonly absoluteTimeout: number; readonly seconds: () => number }
): OpenedCookies {
  const remembered = new LRUCache<string, { readonly text: string; readonly opened: OpenedSession }>({
    max: MOST_REMEMBERED,
    maxSize: MOST_CHARACTERS,
    sizeCalculation: ({ text }) => text.length
  })

  return {
    open(request) {
      const text = cookie.read(request)
      if (text === null) return null
      const known = remembered.get(keyOf(text))
      if (known?.text === text) return unexpired(text, known.opened)
      const unsealed = sealer.unseal(text)
      return unsealed instanceof Promise ? unsealed.then((late) => remember(text, late)) : remember(text, unsealed)
    }
  }

  // Invalid cookies are not cached, so they cannot displace valid ones.
  function remember(text: string, unsealed: UnsealedSession | null): OpenedSession | null {
    const opened = unsealed && fromContent(unsealed)
    if (opened) remembered.set(keyOf(text), { text, opened })
    return opened && unexpired(text, opened)
  }

  function unexpired(text: string, opened: OpenedSession): OpenedSession | null {
    if (seconds() < absoluteEndOf(opened, absoluteTimeout)) return opened
    remembered.delete(keyOf(text))
    return null
  }
}

function keyOf(text: string): string {
  return text.slice(-KEY_CHARACTERS)
}
