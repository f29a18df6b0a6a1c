import { Cookie, CookieJar } from 'tough-cookie'

/** The site of the page that makes a request, seen from the server. */
export type Site = 'none' | 'same-origin' | 'same-site' | 'cross-site'

/** The properties of a request that decide which `SameSite` cookies a browser sends. */
export interface CookieRequest {
  readonly site: Site
  readonly method: string
  /** Whether the request opens a page. */
  readonly isNavigation: boolean
}

/** The cookies of one browser. */
export interface Jar {
  /** Returns the `Cookie` header for a request; empty without a cookie. */
  header(url: string, request: CookieRequest): Promise<string>
  /**
   * Stores the cookies of an answer.
   *
   * @throws Error when a browser would reject one of them
   */
  keep(url: string, lines: readonly string[]): Promise<void>
  /** Returns the names and values of the cookies that go to a URL. */
  all(url: string): Promise<ReadonlyMap<string, string>>
}

export function cookieJar(now: () => number): Jar {
  const jar = new CookieJar(undefined, { prefixSecurity: 'strict' })

  async function live(url: string, sameSiteContext: 'strict' | 'lax' | 'none'): Promise<Cookie[]> {
    const cookies = await jar.getCookies(url, { sameSiteContext, expire: false, sort: true })
    return cookies.filter(({ expires }) => !(expires instanceof Date) || expires.getTime() > now())
  }

  return {
    async header(url, request) {
      const cookies = await live(url, contextOf(request))
      return cookies.map((cookie) => cookie.cookieString()).join('; ')
    },
    async keep(url, lines) {
      // Without the query, which may contain a code of a login.
      const place = url.replace(/\?.*/, '')
      for (const line of lines) {
        const cookie = Cookie.parse(line)
        if (cookie === undefined) throw new Error(`A browser rejects a cookie of ${place}: it cannot be parsed`)
        // Dated by this clock: the jar itself uses that of the process.
        const end = Number(cookie.expiryTime(new Date(now())))
        if (end < Number.POSITIVE_INFINITY) {
          cookie.maxAge = null
          cookie.expires = new Date(Math.max(end, 0))
        }
        await jar.setCookie(cookie, url).catch((cause: unknown) => {
          throw new Error(`A browser rejects the cookie ${cookie.key} of ${place}`, { cause })
        })
      }
    },
    async all(url) {
      return new Map((await live(url, 'strict')).map(({ key, value }) => [key, value]))
    }
  }
}

// A cross-site request has `SameSite=Lax` cookies only if it opens a page with a safe method.
function contextOf({ site, method, isNavigation }: CookieRequest): 'strict' | 'lax' | 'none' {
  if (site !== 'cross-site') return 'strict'
  return isNavigation && method === 'GET' ? 'lax' : 'none'
}
