import type { LightMyRequestResponse } from 'fastify'

/** The cookies of one browser: the last value of each name. */
export class CookieJar {
  readonly cookies = new Map<string, string>()

  /** Stores the cookies of an answer. */
  take({ headers }: Pick<LightMyRequestResponse, 'headers'>): void {
    for (const line of setCookies(headers)) {
      const [pair = '', ...attributes] = line.split('; ')
      const [name = '', value = ''] = pair.split('=')
      if (attributes.includes('Max-Age=0')) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
  }

  get header(): string {
    return [...this.cookies].map((pair) => pair.join('=')).join('; ')
  }

  /** The cookie names of logins under way. */
  get logins(): string[] {
    return [...this.cookies.keys()].filter((name) => name.startsWith('__Host-login.'))
  }
}

/** Returns the `Set-Cookie` headers of an answer. */
export function setCookies(headers: LightMyRequestResponse['headers']): string[] {
  const lines = headers['set-cookie'] ?? []
  return Array.isArray(lines) ? lines : [lines]
}
