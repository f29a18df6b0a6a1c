import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { mariadb, postgres, redis, sqlite } from '../databases.ts'
import { listenHttp } from '../loopback.ts'
import { type Order, startProcess } from './served-upstream.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(300_000)

const PROCESSES = 3
const CALLS = 60

for (const { name, skip, open } of [postgres, mariadb, redis, sqlite]) {
  t.test(`${PROCESSES} processes on ${name} refresh an expired token of a provider once`, { skip }, async (t) => {
    const upstream = await rotatingProvider(t)
    const place = (await open(t)).placeAt()
    const order: Order = { place, key: randomBytes(32).toString('base64url'), upstream: upstream.origin }
    const workers = await Promise.all(Array.from({ length: PROCESSES }, () => startProcess(t, order)))
    const origins = workers.map(({ origins: [origin = ''] }) => origin)
    const [first = ''] = origins

    for (const round of [1, 2]) {
      const cookie = await logIn(first)
      const calls = Array.from({ length: CALLS }, async (_, at): Promise<unknown> => {
        const answer = await fetch(`${origins[at % PROCESSES]}/tokens`, { headers: { cookie } })
        return await answer.json()
      })
      const accessToken = `access-${2 * round}`
      const [one, ...others] = await Promise.all(calls)
      like(t, one, { tokens: { accessToken } })
      for (const other of others) t.same(other, one)
      t.same(
        upstream.refreshedWith,
        Array.from({ length: round }, (_, at) => `refresh-${2 * at + 1}`)
      )
    }
  })
}

/** A provider whose refresh tokens work once, and whose first access tokens are about to expire. */
async function rotatingProvider(t: Test): Promise<{ origin: string; refreshedWith: string[] }> {
  const refreshedWith: string[] = []
  let given = 0
  const person = { status: 200, answer: { id: 'ada' } }
  const origin = await listenHttp(t, (request, response) => {
    void text(request).then((body) => {
      const { status, answer } = request.url === '/token' ? tokensFor(new URLSearchParams(body)) : person
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  })
  return { origin, refreshedWith }

  function tokensFor(form: URLSearchParams): { status: number; answer: unknown } {
    const refreshToken = form.get('refresh_token')
    if (refreshToken !== null) refreshedWith.push(refreshToken)
    if (refreshToken !== null && refreshToken !== `refresh-${given}`) {
      return { status: 400, answer: { error: 'invalid_grant' } }
    }
    given++
    const tokens = { access_token: `access-${given}`, refresh_token: `refresh-${given}`, token_type: 'Bearer' }
    return { status: 200, answer: { ...tokens, expires_in: refreshToken === null ? 20 : 3600 } }
  }
}

/** The cookie of a user after the login at the provider. */
async function logIn(origin: string): Promise<string> {
  const start = await fetch(`${origin}/login`, { redirect: 'manual' })
  const state = new URL(start.headers.get('location') ?? '').searchParams.get('state') ?? ''
  const query = new URLSearchParams({ code: 'agreed', state })
  const back = await fetch(`${origin}/login/upstream/callback?${query.toString()}`, {
    redirect: 'manual',
    headers: { cookie: cookieIn(start) }
  })
  return cookieIn(back)
}

function cookieIn({ headers }: Response): string {
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')
}
