/** A credential that no server may accept, and how it is sent. */
export interface Forgery {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  /** Added to the URL. */
  readonly query?: string
}

/** The base64url of a JSON value: one part of a token. */
export function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
