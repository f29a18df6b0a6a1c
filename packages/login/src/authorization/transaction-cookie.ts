import type { CookieSerializeOptions } from '@fastify/cookie'
import { cookiePairs, sha256 } from '@latchkey/guard/plugin'
import { deriveKey, seal, unseal } from '@latchkey/secrets'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { TRANSACTION_LIFETIME, type Transaction } from './transaction.ts'

/** The logins under way, each in its own sealed cookie, so that tabs and providers do not affect each other. */
export interface Transactions {
  /** Stores a transaction in the browser, and removes the oldest ones if there are too many. */
  begin(request: FastifyRequest, reply: FastifyReply, transaction: Transaction, crossSite: boolean): Promise<void>
  /** Returns the transaction of a state and removes it from the browser; `null` if there is none, or if it is too old. */
  take(request: FastifyRequest, reply: FastifyReply, state: string): Promise<Transaction | null>
}

const NAME = 'login.'
const MOST_OUTSTANDING = 5

// The application's default domain for cookies must not apply: the prefix __Host- allows no domain.
const noDomain: object = { domain: undefined }

/**
 * Creates the store of transactions. A response is accepted only in the browser that has the transaction of its `state`.
 *
 * @param ring - the first key seals and any one opens
 * @param now - milliseconds since the epoch
 * @param secure - `false` for cookies that also work over plain http, without the protection of a prefix
 * @see [RFC 6749 §10.12](https://www.rfc-editor.org/rfc/rfc6749#section-10.12)
 */
export function transactionCookies(ring: readonly Uint8Array[], now: () => number, secure: boolean): Transactions {
  const prefix = secure ? `__Host-${NAME}` : NAME
  const attributes: CookieSerializeOptions = { path: '/', secure, httpOnly: true, signed: false, ...noDomain }
  const keys = ring.map((key) => deriveKey(key, 'latchkey: login transaction'))
  const sealing = keys[0] as Uint8Array // at least one key: the options were checked

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

  // `order`, because logins that begin at the same moment have equal times. A cookie that cannot be opened is removed first.
  async function opened(name: string, value: string): Promise<{ name: string; order: number }> {
    const transaction = await open(value)
    return { name, order: transaction === null ? -1 : (transaction.order ?? 0) }
  }

  async function open(value: string): Promise<Transaction | null> {
    for (const key of keys) {
      const text = await unseal(value, key).catch(() => null)
      // These keys seal nothing but transactions.
      if (text !== null) return JSON.parse(text) as Transaction
    }
    return null
  }

  // The browser returns with a POST from the provider's site, which sends only cookies with SameSite=None. Without `secure`,
  // browsers refuse `None`, and some send a cookie without SameSite.
  function sameSiteOf(crossSite: boolean): CookieSerializeOptions {
    if (!crossSite) return { sameSite: 'lax' }
    return { sameSite: secure && 'none' }
  }

  // Cookie names are visible in many places, so they contain a hash of the state, not the state.
  function nameOf(state: string): string {
    return prefix + sha256(state).slice(0, 22)
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
