import type { LightMyRequestResponse } from 'fastify'

/** The cookies of one browser: what it was sent last under each name. */
export class CookieJar {
  readonly cookies = new Map<string, string>()

  /** Takes the cookies of an answer. */
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

  /** The names of logins under way. */
  get logins(): string[] {
    return [...this.cookies.keys()].filter((name) => name.startsWith('__Host-login.'))
  }
}

/** The lines `Set-Cookie` of an answer. */
export function setCookies(headers: LightMyRequestResponse['headers']): string[] {
  const lines = headers['set-cookie'] ?? []
  return Array.isArray(lines) ? lines : [lines]
}
