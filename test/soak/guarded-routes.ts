// Requests with tokens and sessions for guarded routes.
import { randomBytes } from 'node:crypto'
import { cookiesOf } from './client.ts'
import type { Flow, FlowContext } from './flow.ts'
import { isYoung } from './stock.ts'

export const bearerOf = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

export const sameOrigin = { 'sec-fetch-site': 'same-origin' }

function getItems(token: (context: FlowContext) => string | undefined | Promise<string>): Flow['run'] {
  return async (context) => {
    const sent = await token(context)
    if (sent !== undefined) await context.send({ path: '/items', headers: bearerOf(sent) })
  }
}

/** A token is remembered from its second request on. So the memory of tokens reaches its limit. */
const newToken: Flow = {
  name: 'new token, twice',
  share: 600,
  allowed: [200],
  proves: true,
  async run({ stock, send }) {
    const headers = bearerOf(await stock.fresh())
    for (let times = 0; times < 2; times++) await send({ path: '/items', headers })
  }
}

const ownToken: Flow = {
  name: 'token of this server',
  share: 800,
  allowed: [200],
  proves: true,
  run: getItems(({ stock }) => {
    const family = stock.families.any()
    return family && isYoung(family) ? family.accessToken : undefined
  })
}

const session: Flow = {
  name: 'session',
  share: 1_200,
  allowed: [200],
  proves: true,
  async run({ stock, send }) {
    const cookie = stock.sessions.any()
    if (cookie !== undefined) await send({ path: '/me', headers: { cookie } })
  }
}

const signIn: Flow = {
  name: 'sign-in, and sign-out of half of them',
  // So many that the memory of cookies reaches its limit.
  share: 400,
  allowed: [200],
  proves: true,
  async run({ stock, send }) {
    const path = `/sign-in?as=person-${Math.floor(Math.random() * 1_000)}`
    const answer = await send({ method: 'POST', path, headers: sameOrigin })
    if (answer.status !== 200) return
    const cookie = cookiesOf(answer)
    await send({ path: '/me', headers: { cookie } })
    if (Math.random() < 0.5) {
      stock.sessions.put(cookie)
      return
    }
    const { status } = await send({ method: 'POST', path: '/sign-out', headers: { ...sameOrigin, cookie } })
    if (status === 200) await send({ path: '/me', headers: { cookie } }, [401])
  }
}

const corruptedCookie: Flow = {
  name: 'corrupted cookie',
  share: 300,
  allowed: [401],
  async run({ stock, send }) {
    const cookie = stock.sessions.any() ?? ''
    await send({ path: '/me', headers: { cookie: corrupted(cookie) } })
  }
}

const crossSite: Flow = {
  name: 'session, from another site',
  share: 50,
  allowed: [403],
  async run({ stock, send }) {
    const cookie = stock.sessions.any()
    if (cookie === undefined) return
    await send({ method: 'POST', path: '/sign-out', headers: { cookie, 'sec-fetch-site': 'cross-site' } })
  }
}

const lowScope: Flow = {
  name: 'token without the scope',
  share: 400,
  allowed: [403],
  async run({ stock, send }) {
    await send({ method: 'POST', path: '/items', headers: bearerOf(stock.remembered.any() ?? '') })
  }
}

export const guardedRoutes: readonly Flow[] = [
  {
    name: 'no credentials',
    share: 200,
    allowed: [401],
    run: ({ send }) => send({ path: '/items' })
  },
  {
    name: 'open route',
    share: 500,
    allowed: [200],
    proves: true,
    run: ({ send }) => send({ path: '/open' })
  },
  {
    name: 'remembered token',
    share: 3_300,
    allowed: [200],
    proves: true,
    run: getItems(({ stock }) => stock.remembered.any())
  },
  newToken,
  { name: 'forged token', share: 400, allowed: [401], run: getItems(({ stock }) => stock.forged.any()) },
  { name: 'expired token', share: 300, allowed: [401], run: getItems(({ stock }) => stock.expired.any()) },
  {
    name: 'token of an unknown key',
    share: 100,
    allowed: [401],
    run: getItems(({ main }) => main.tokenOfUnknownKey())
  },
  { name: 'opaque token', share: 200, allowed: [200], proves: true, run: getItems(({ stock }) => stock.opaque.any()) },
  {
    name: 'unknown opaque token',
    share: 30,
    allowed: [401],
    run: getItems(() => randomBytes(24).toString('base64url'))
  },
  {
    name: 'token in the query',
    share: 50,
    allowed: [400],
    run: ({ send, stock }) => send({ path: `/items?access_token=${stock.remembered.any() ?? ''}` })
  },
  ownToken,
  session,
  signIn,
  corruptedCookie,
  crossSite,
  lowScope
]

/** Replaces one character of the value, or makes another value. */
export function corrupted(cookie: string): string {
  const [name = '', value = ''] = cookie.split('=')
  const at = Math.floor(Math.random() * value.length)
  const variants = [
    `${name}=${value.slice(0, at)}${value[at] === 'A' ? 'B' : 'A'}${value.slice(at + 1)}`,
    `${name}=${value.slice(0, at)}`,
    `${name}=${randomBytes(60).toString('base64url')}`,
    `${name}=${'%'.repeat(20)}`,
    `${name}=`
  ]
  return variants[Math.floor(Math.random() * variants.length)] ?? ''
}
