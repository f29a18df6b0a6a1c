// The tokens and sessions that the requests use.
import { LIFETIME } from './application.ts'
import { type Answer, members } from './client.ts'
import type { Introspection } from './introspection.ts'
import type { Issuer } from './issuer.ts'
import { several } from './several.ts'

/** The tokens of one sign-in. */
export interface Family {
  readonly accessToken: string
  readonly refreshToken: string
  /** In milliseconds since the epoch. */
  readonly issuedAt: number
}

export interface Stock {
  /** Tokens that are sent again and again. */
  readonly remembered: Pool<string>
  readonly expired: Pool<string>
  readonly forged: Pool<string>
  readonly opaque: Pool<string>
  /** Cookies of sessions. */
  readonly sessions: Pool<string>
  readonly families: Pool<Family>
  /** A token that was not sent before. */
  fresh(): Promise<string>
}

/** A list with a limit. */
export interface Pool<T> {
  readonly size: number
  /** Any of the items, or `undefined` if there is none. */
  any(): T | undefined
  /** Takes an item out. */
  take(): T | undefined
  /** Puts an item in. Takes another one out if there is no room. */
  put(item: T): void
}

const REMEMBERED = 300
const BATCH = 200
const MOST = 60
const HOUR = 3_600

export async function stockOf(issuer: Issuer, introspection: Introspection): Promise<Stock> {
  const past = Math.floor(Date.now() / 1000) - HOUR
  const fresh: string[] = []
  let minting: Promise<unknown> | undefined
  return {
    remembered: pool(await several(REMEMBERED, () => issuer.token())),
    expired: pool(await several(REMEMBERED, () => issuer.token({ expiresAt: past }))),
    forged: pool(await several(REMEMBERED, () => issuer.token({ isForged: true }))),
    opaque: pool(Array.from({ length: REMEMBERED }, () => introspection.token())),
    sessions: pool([]),
    families: pool([]),
    async fresh() {
      if (fresh.length < BATCH) {
        minting ??= several(BATCH, () => issuer.token()).then((tokens) => {
          fresh.push(...tokens)
          minting = undefined
        })
      }
      return fresh.pop() ?? issuer.token()
    }
  }
}

/** The family of an answer with tokens. */
export function familyOf(answer: Answer): Family {
  const { access_token: accessToken, refresh_token: refreshToken } = members(answer)
  return { accessToken: String(accessToken), refreshToken: String(refreshToken), issuedAt: Date.now() }
}

/** Whether the access token of a family has some time left. */
export function isYoung({ issuedAt }: Family): boolean {
  return Date.now() < issuedAt + (LIFETIME - 20) * 1_000
}

function pool<T>(items: T[]): Pool<T> {
  const most = Math.max(items.length, MOST)
  return {
    get size() {
      return items.length
    },
    any: () => items[Math.floor(Math.random() * items.length)],
    take: () => items.splice(Math.floor(Math.random() * items.length), 1)[0],
    put(item) {
      if (items.length < most) items.push(item)
      else items[Math.floor(Math.random() * most)] = item
    }
  }
}
