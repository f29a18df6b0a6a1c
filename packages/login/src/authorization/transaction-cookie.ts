import { createHash } from 'node:crypto'
import type { CookieSerializeOptions } from '@fastify/cookie'
import { cookiePairs } from '@latchkey/guard'
import { deriveKey, seal, unseal } from '@latchkey/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { TRANSACTION_LIFETIME, type Transaction } from './transaction.ts'

/** Logins under way, each in a sealed cookie of its own: tabs and providers do not disturb each other. */
export interface Transactions {
  /** Remembers a transaction in the browser, and forgets the oldest when there are too many. */
  begin(request: FastifyRequest, reply: FastifyReply, transaction: Transaction, crossSite: boolean): Promise<void>
  /** The transaction of a state, which the browser then forgets; `null` when it knows none that is fresh. */
  take(request: FastifyRequest, reply: FastifyReply, state: string): Promise<Transaction | null>
}

const NAME = 'login.'
const MOST_OUTSTANDING = 5

// The application's own default for cookies does not apply: the prefix __Host- allows no domain.
const noDomain: object = { domain: undefined }

/**
 * @param ring - the first key seals and any one opens
 * @param now - milliseconds since the epoch
 * @param secure - `false` for cookies that go over plain http too, without the protection of a prefix
 */
export function transactionCookies(ring: readonly Uint8Array[], now: () => number, secure: boolean): Transactions {
  const prefix = secure ? `__Host-${NAME}` : NAME
  const attributes: CookieSerializeOptions = { path: '/', secure, httpOnly: true, signed: false, ...noDomain }
  const keys = ring.map((key) => deriveKey(key, 'latchkey: login transaction'))
  const sealing = keys[0] as Uint8Array // the options were checked

  return Object.freeze({
    async begin(request, reply, transaction, crossSite) {
      const known = await Promise.all([...cookiesOf(request)].map(([name, value]) => opened(name, value)))
      const newestFirst = known.sort((one, other) => other.order - one.order)
      for (const { name } of newestFirst.slice(MOST_OUTSTANDING - 1)) forget(reply, name)
      const order = 1 + (newestFirst[0]?.order ?? 0)
      reply.setCookie(nameOf(transaction.state), await seal(JSON.stringify({ ...transaction, order }), sealing), {
        ...attributes,
        maxAge: TRANSACTION_LIFETIME,
        ...sameSiteOf(crossSite)
      })
    },

    async take(request, reply, state) {
      const name = nameOf(state)
      const value = cookiesOf(request).get(name)
      if (value === undefined) return null
      forget(reply, name)
      const transaction = await open(value)
      const isFresh = transaction !== null && now() / 1000 < transaction.issuedAt + TRANSACTION_LIFETIME
      return isFresh && transaction.state === state ? transaction : null
    }
  } satisfies Transactions)

  // Times do not tell apart what began at once. What cannot be opened is forgotten first.
  async function opened(name: string, value: string): Promise<{ name: string; order: number }> {
    const transaction = await open(value)
    return { name, order: transaction === null ? -1 : (transaction.order ?? 0) }
  }

  async function open(value: string): Promise<Transaction | null> {
    for (const key of keys) {
      const text = await unseal(value, key).catch(() => null)
      // Nothing else is ever sealed with these keys.
      if (text !== null) return JSON.parse(text) as Transaction
    }
    return null
  }

  // The browser comes back with a POST from the provider's site, which carries no other cookies. Without `secure` browsers
  // refuse `none`, and some send a cookie that says nothing.
  function sameSiteOf(crossSite: boolean): CookieSerializeOptions {
    if (!crossSite) return { sameSite: 'lax' }
    return { sameSite: secure && 'none' }
  }

  // The browser shows the names of its cookies around: the state itself stays out of them.
  function nameOf(state: string): string {
    return prefix + createHash('sha256').update(state).digest('base64url').slice(0, 22)
  }

  function cookiesOf(request: FastifyRequest): ReadonlyMap<string, string> {
    const pairs = cookiePairs(request.headers.cookie ?? '', prefix)
    const cookies = Object.entries(request.server.parseCookie(pairs.join(';')))
    return new Map(cookies.filter((cookie): cookie is [string, string] => cookie[0].startsWith(prefix)))
  }

  function forget(reply: FastifyReply, name: string): void {
    reply.setCookie(name, '', { ...attributes, maxAge: 0, sameSite: 'lax' })
  }
}
