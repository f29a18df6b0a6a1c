/** The button that is pressed on the picking page. */
export type Choice = { readonly person: string } | { readonly refuse: 'yes' }

const MOST_STEPS = 10

/**
 * Walks an authorization request to its end as a browser would, over HTTP and with cookies of its own.
 *
 * @returns the address at the client that the browser would be sent to
 * @throws Error when the provider answers anything else on the way, with the status and the error code
 */
export async function walk(origin: string, authorizationUrl: string | URL, choice: Choice): Promise<URL> {
  const cookies = new Map<string, string>()
  let url = new URL(authorizationUrl)
  if (url.origin !== origin) throw new TypeError(`@latchkey/dev-provider: the address is none of ${origin}`)
  let form: Choice | undefined
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'application/json', cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) })
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location !== null) {
      url = new URL(location, url)
      if (url.origin !== origin) return url
      form = undefined
    } else if (response.ok && form === undefined && url.pathname.startsWith('/interaction/')) {
      form = choice
    } else {
      throw new Error(`@latchkey/dev-provider: the authorization request ended in ${await outcome(response)}`)
    }
  }
  throw new Error('@latchkey/dev-provider: the authorization request does not end')
}

async function outcome(response: Response): Promise<string> {
  const answer: unknown = await response.json().catch(() => null)
  const error = typeof answer === 'object' && answer !== null && 'error' in answer ? String(answer.error) : 'no JSON'
  return `${response.status}: ${error}`
}
