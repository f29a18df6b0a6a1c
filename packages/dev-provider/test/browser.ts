/** The cookies and redirects of a browser, and nothing else. */
export class Browser {
  readonly cookies = new Map<string, string>()

  async get(url: string | URL, headers: Record<string, string> = {}): Promise<Response> {
    return this.#fetch(new URL(url), { headers: { accept: 'text/html', ...headers } })
  }

  async post(url: string | URL, fields: Record<string, string>): Promise<Response> {
    return this.#fetch(new URL(url), {
      method: 'POST',
      headers: { accept: 'text/html' },
      body: new URLSearchParams(fields)
    })
  }

  /** Follows redirects within the provider. Returns the last answer, or the URL of a redirect to another origin. */
  async follow(response: Response): Promise<Response | URL> {
    const location = response.headers.get('location')
    if (location === null) return response
    const next = new URL(location, response.url)
    return next.origin === new URL(response.url).origin ? this.follow(await this.get(next)) : next
  }

  async #fetch(
    url: URL,
    init: { headers: Record<string, string>; method?: string; body?: URLSearchParams }
  ): Promise<Response> {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ')
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } })
    for (const header of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(header)!
      if (header.includes('expires=Thu, 01 Jan 1970')) this.cookies.delete(name!)
      else this.cookies.set(name!, value!)
    }
    return response
  }
}
