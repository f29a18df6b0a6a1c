import * as o from '@latchkey/options'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { injectWith, lowerCased, type RequestOptions } from './caller.ts'
import { cookieJar, type Site } from './jar.ts'
import { originOf, ready } from './server.ts'

/** The options of {@link browser}. All are optional. */
export interface BrowserOptions {
  /**
   * The origin of the server as the browser sees it, such as `https://app.example.com`: https, or http on loopback. Default: the
   * `origin` of `@latchkey/session`, or else `https://localhost`.
   */
  readonly origin?: string | undefined
  /** The clock by which cookies expire, in milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** How a request comes about. */
export interface BrowserRequest {
  /**
   * The page that makes the request: of the same origin, of another origin of the same site, or of another site. `none`: the user
   * types the address, which only `open()` can do. It decides on `Sec-Fetch-Site`, on `Origin`, and on cookies with `SameSite`.
   */
  readonly site?: Site | undefined
  /** Further headers. They replace those of the browser. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** The answer that a browser ends at, after all redirects within the server. */
export interface Page {
  readonly statusCode: number
  /** The absolute URL of the answer. */
  readonly url: string
  /** The absolute URL of a redirect to another origin, which the browser does not follow; otherwise `null`. */
  readonly location: string | null
  readonly headers: LightMyRequestResponse['headers']
  readonly body: string
  /** Parses the body as JSON. */
  json(): unknown
}

type FetchOptions = RequestOptions & Pick<InjectOptions, 'method'>

/** A browser without scripts, for one user. */
export interface Browser {
  /** The origin of the server. */
  readonly origin: string
  /**
   * Opens a page, as a user does who types its address. For a link on another site, pass `{ site: 'cross-site' }`.
   *
   * @param url - a path, or an absolute URL of the server
   *
   * @example const page = await user.open('/login')
   */
  open(url: string, request?: BrowserRequest): Promise<Page>
  /**
   * Sends a form by POST, from a page of the server. For a form on another site, pass `{ site: 'cross-site' }`.
   *
   * @example await user.submit('/login', { username: 'alice', password: 'wonderland' })
   */
  submit(url: string, form?: Readonly<Record<string, string>>, request?: BrowserRequest): Promise<Page>
  /**
   * Sends a request as a script of a page of the server does with `fetch()`.
   *
   * @example await user.fetch('/items', { method: 'POST', payload: { name: 'a lantern' } })
   */
  fetch(url: string, options?: FetchOptions, request?: BrowserRequest): Promise<Page>
  /** Returns the names and values of the cookies that a page of the server has now. */
  cookies(): Promise<ReadonlyMap<string, string>>
}

const MOST_REDIRECTS = 20
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const PLACES: readonly Site[] = ['same-origin', 'same-site', 'cross-site']

const schema = o.members({
  origin: o.optional(
    o.must<string>("be an origin such as 'https://app.example.com': https, or http on loopback", o.isOrigin)
  ),
  now: o.clock
})

const requestSchema = (places: readonly Site[]): o.Schema<BrowserRequest> =>
  o.members({
    site: o.optional(o.oneOf(...places)),
    headers: o.optional(
      o.must<Readonly<Record<string, string>>>('be an object with texts', (value) =>
        o.isMapOf(value, (member) => typeof member === 'string')
      )
    )
  })

const opened = requestSchema(['none', ...PLACES])
const sent = requestSchema(PLACES)

/**
 * Returns a browser for `inject`: it keeps cookies as strictly as browsers do, sends `Sec-Fetch-*` and `Origin`, posts forms, and
 * follows redirects within the server. Its methods reject with a RegistrationError for a URL of another origin, and with an Error
 * for a cookie that a browser would reject and after 20 redirects. Does not run scripts, load images or open a network connection.
 *
 * @throws RegistrationError for a wrong option
 *
 * @example
 * ```ts
 * const user = browser(app)
 * await user.submit('/login', { username: 'alice', password: 'wonderland' })
 * const { statusCode } = await user.open('/account')
 * ```
 */
export function browser(app: FastifyInstance, options: BrowserOptions = {}): Browser {
  const { origin: given, now } = o.checkOptions('browser()', schema, options)
  const jar = cookieJar(now)
  // Read late: the plugins of the server may not be loaded yet.
  const origin = (): string => given ?? originOf(app)

  return Object.freeze({
    get origin() {
      return origin()
    },
    async open(url: string, request: BrowserRequest = {}) {
      const { site = 'none', headers = {} } = o.checkOptions('open()', opened, request)
      return visit(url, { headers: { ...NAVIGATION, ...lowerCased(headers) } }, { site, isNavigation: true })
    },
    async submit(url: string, form: Readonly<Record<string, string>> = {}, request: BrowserRequest = {}) {
      const { site = 'same-origin', headers: more = {} } = o.checkOptions('submit()', sent, request)
      const headers = { ...NAVIGATION, ...FORM, ...lowerCased(more) }
      const payload = new URLSearchParams(form).toString()
      return visit(url, { method: 'POST', headers, payload }, { site, isNavigation: true })
    },
    async fetch(url: string, options: FetchOptions = {}, request: BrowserRequest = {}) {
      const { site = 'same-origin', headers: more = {} } = o.checkOptions('fetch()', sent, request)
      const headers = { ...SCRIPT, ...lowerCased(options.headers ?? {}), ...lowerCased(more) }
      return visit(url, { ...options, headers }, { site, isNavigation: false })
    },
    async cookies() {
      await ready(app)
      return jar.all(origin())
    }
  })

  async function visit(to: string, first: InjectOptions, from: Origination): Promise<Page> {
    await ready(app)
    let url = own(to)
    let request = first
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const answer = await ask(url, request, from)
      const { location } = answer.headers
      const isRedirect = REDIRECTS.has(answer.statusCode) && location !== undefined
      const next = isRedirect ? o.parseUrl(location, url.href) : null
      if (next?.origin !== url.origin) {
        const { statusCode, headers, body } = answer
        return { statusCode, url: url.href, location: next?.href ?? null, headers, body, json: () => answer.json() }
      }
      url = next
      request = redirected(request, answer.statusCode)
    }
    throw new Error(`More than ${MOST_REDIRECTS} redirects, at last to ${url.pathname}`)
  }

  async function ask(url: URL, request: InjectOptions, from: Origination): Promise<LightMyRequestResponse> {
    const { method = 'GET' } = request
    const cookie = await jar.header(url.href, { ...from, method })
    const headers = {
      host: url.host,
      'sec-fetch-site': from.site,
      ...(method !== 'GET' && method !== 'HEAD' && { origin: pageOrigin(url, from.site) }),
      ...(cookie !== '' && { cookie })
    }
    const answer = await injectWith(app, { ...request, url: url.pathname + url.search }, headers)
    await jar.keep(url.href, [answer.headers['set-cookie'] ?? []].flat())
    return answer
  }

  function own(to: string): URL {
    const url = o.parseUrl(to, origin())
    if (url?.origin === origin()) return url
    throw new o.RegistrationError(
      'browser()',
      `the URL must be one of ${origin()}. Fix: pass a path that begins with a slash`
    )
  }
}

interface Origination {
  readonly site: Site
  readonly isNavigation: boolean
}

const NAVIGATION = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-user': '?1'
}
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const SCRIPT = { accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }

function pageOrigin({ origin, host }: URL, site: Site): string {
  if (site === 'cross-site') return 'https://cross-site.test'
  return site === 'same-site' ? `https://sibling.${host}` : origin
}

// As fetch() does: 307 and 308 repeat the request, and the others make a GET of a POST.
function redirected(request: InjectOptions, statusCode: number): InjectOptions {
  const { method = 'GET' } = request
  const repeats = statusCode === 307 || statusCode === 308 || method === 'GET' || method === 'HEAD'
  if (repeats || (statusCode !== 303 && method !== 'POST')) return request
  const { payload: _payload, body: _body, headers = {}, ...others } = request
  const { 'content-type': _type, ...kept } = headers
  return { ...others, method: 'GET', headers: kept }
}
