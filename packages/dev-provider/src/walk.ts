/** The button to press on the picking page. */
export type Choice = { readonly person: string } | { readonly refuse: 'yes' }

/**
 * Runs an authorization request to its end as a browser would, over HTTP and with its own cookies.
 *
 * @returns the callback URL that a browser would be redirected to
 * @throws Error when the provider gives any other answer on the way, with the status and the error code
 */
export async function walk(origin: string, authorizationUrl: string | URL, choice: Choice): Promise<URL> {
  const cookies = new Map<string, string>()
  let url = new URL(authorizationUrl)
  if (url.origin !== origin)
    throw new TypeError(`@latchkey/dev-provider: the authorization URL must start with ${origin}`)
  let form: Choice | undefined
  for (;;) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'application/json', cookie: [...cookies.values()].join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) })
    })
    for (const cookie of response.headers.getSetCookie()) {
      const pair = cookie.slice(0, cookie.indexOf(';'))
      cookies.set(pair.slice(0, pair.indexOf('=')), pair)
    }
    const location = response.headers.get('location')
    if (location !== null) {
      url = new URL(location, url)
      if (url.origin !== origin) return url
      form = undefined
    } else if (response.ok && form === undefined && url.pathname.startsWith('/interaction/')) {
      form = choice
    } else {
      throw new Error(`@latchkey/dev-provider: the authorization request ended with status ${await outcome(response)}`)
    }
  }
}

async function outcome(response: Response): Promise<string> {
  const answer: unknown = await response.json().catch(() => ({}))
  const { error = 'no JSON' } = answer as { error?: string } // the provider's JSON answers are objects
  return `${response.status}: ${error}`
}
