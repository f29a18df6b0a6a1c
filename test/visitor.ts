import { CookieJar } from 'tough-cookie'
// Its fetch says of each request that a script made it.
import { type Dispatcher, request as send } from 'undici'

/** The page that a visitor sees. */
export interface Seen {
  readonly status: number
  /** Where the visitor is, after all redirects. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/**
 * A browser without scripts. It keeps cookies as strictly as browsers do, and follows redirects. A redirect to an https URL is
 * the last: no test has a server there.
 */
export interface Visitor {
  get(url: string): Promise<Seen>
  /** Sends a form of the page of the same origin. */
  post(url: string, form?: Record<string, string>): Promise<Seen>
  /** Opens a URL that leads to the dev provider, and is the person with this `id` there. */
  logIn(url: string, person: string): Promise<Seen>
  /** Presses the button of a person on a page of the dev provider. */
  pick(page: Seen, person: string): Promise<Seen>
  /** The names and values of the cookies that go to a URL. */
  cookies(url: string): Promise<ReadonlyMap<string, string>>
}

const MOST_REDIRECTS = 10

export function visitor(): Visitor {
  const jar = new CookieJar(undefined, { prefixSecurity: 'strict' })

  return {
    get: async (url) => follow(url),
    post,
    async logIn(url, person) {
      return pick(await follow(url), person)
    },
    pick,
    async cookies(url) {
      const cookies = await jar.getCookies(url)
      return new Map(cookies.map(({ key, value }) => [key, value]))
    }
  }

  async function pick(page: Seen, person: string): Promise<Seen> {
    return post(page.url, { person })
  }

  async function post(url: string, form: Record<string, string> = {}): Promise<Seen> {
    return follow(url, new URLSearchParams(form))
  }

  async function follow(from: string, form?: URLSearchParams): Promise<Seen> {
    let url = from
    let posted = form
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const { statusCode, headers, body } = await navigate(url, posted)
      const text = await body.text()
      if (typeof headers['location'] !== 'string') return { status: statusCode, url, headers, text }
      url = new URL(headers['location'], url).href
      if (url.startsWith('https:')) return { status: statusCode, url, headers, text }
      posted = undefined
    }
    throw new Error(`It redirects for ever, at last to ${url}`)
  }

  async function navigate(url: string, form: URLSearchParams | undefined): Promise<Dispatcher.ResponseData> {
    const answer = await send(url, {
      method: form ? 'POST' : 'GET',
      headers: {
        accept: 'text/html',
        cookie: await jar.getCookieString(url),
        'sec-fetch-mode': 'navigate',
        ...(form && {
          'content-type': 'application/x-www-form-urlencoded',
          origin: new URL(url).origin,
          'sec-fetch-site': 'same-origin'
        })
      },
      body: form ? String(form) : null
    })
    for (const cookie of [answer.headers['set-cookie'] ?? []].flat()) await jar.setCookie(cookie, url)
    return answer
  }
}
