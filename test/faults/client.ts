/** An answer of a token endpoint. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: { readonly access_token?: string; readonly refresh_token?: string; readonly error?: string }
}

/** The tokens of a successful answer. */
export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

/** Logs a user in. */
export async function login(origin: string): Promise<Tokens> {
  return tokensOf(await ask(origin, { grant_type: 'password', username: 'ann', password: 'any' }))
}

export async function refresh(origin: string, refreshToken: string): Promise<Answer> {
  return ask(origin, { grant_type: 'refresh_token', refresh_token: refreshToken })
}

/** Refreshes as often as it takes until the server is there again. */
export async function refreshUntilAnswered(origin: string, refreshToken: string): Promise<Answer> {
  const answer = await refresh(origin, refreshToken)
  return answer.status === 503 ? refreshUntilAnswered(origin, refreshToken) : answer
}

/** The tokens of an answer that has some. */
export function tokensOf({ status, body }: Answer): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken } = body
  if (accessToken === undefined || refreshToken === undefined) throw new Error(`no tokens: ${status} ${body.error}`)
  return { accessToken, refreshToken }
}

/** The family that an access token belongs to. */
export function familyOf({ accessToken }: Tokens): string {
  const claims: unknown = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString())
  if (typeof claims !== 'object' || claims === null || !('jti' in claims)) throw new Error('a token without jti')
  return String(claims.jti).split('.')[0] ?? ''
}

/** The status that an access token gets. */
export async function statusOfMe(origin: string, tokens: Tokens): Promise<number> {
  return (await getMe(origin, tokens)).status
}

export async function getMe(origin: string, { accessToken }: Tokens): Promise<Response> {
  return fetch(`${origin}/me`, { headers: { authorization: `Bearer ${accessToken}` } })
}

export async function revoke(origin: string, token: string): Promise<Response> {
  return fetch(`${origin}/revoke`, { method: 'POST', body: new URLSearchParams({ token }) })
}

async function ask(origin: string, parameters: Record<string, string>): Promise<Answer> {
  const answer = await fetch(`${origin}/token`, { method: 'POST', body: new URLSearchParams(parameters) })
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer['body'] }
}
