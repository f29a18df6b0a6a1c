import { CookieJar } from 'tough-cookie'

/** What a visitor sees. */
export interface Seen {
  readonly status: number
  /** Where the visitor is, after all redirects. */
  readonly url: string
  readonly headers: Headers
  readonly text: string
}

/** Somebody with a browser that runs no scripts: it keeps cookies as strictly as browsers do, and follows redirects. */
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
    get: async (url) => follow(url, {}),
    post,
    async logIn(url, person) {
      return pick(await follow(url, {}), person)
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
    return follow(url, { method: 'POST', body: new URLSearchParams(form) })
  }

  async function follow(from: string, request: RequestInit): Promise<Seen> {
    let url = from
    let next = request
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const answer = await send(url, next)
      const location = answer.headers.get('location')
      if (location === null) return { status: answer.status, url, headers: answer.headers, text: await answer.text() }
      await answer.body?.cancel()
      url = new URL(location, url).href
      next = {}
    }
    throw new Error(`It redirects for ever, at last to ${url}`)
  }

  async function send(url: string, request: RequestInit): Promise<Response> {
    const isPost = request.method === 'POST'
    const answer = await fetch(url, {
      ...request,
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        cookie: await jar.getCookieString(url),
        ...(isPost && { origin: new URL(url).origin, 'sec-fetch-site': 'same-origin' })
      }
    })
    for (const cookie of answer.headers.getSetCookie()) await jar.setCookie(cookie, url)
    return answer
  }
}
