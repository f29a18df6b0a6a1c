// Requests of clients for tokens: sign-ins, refreshes, revocations and introspection.
import { randomBytes } from 'node:crypto'
import { type Answer, members } from './client.ts'
import type { Flow, FlowContext } from './flow.ts'
import { bearerOf } from './guarded-routes.ts'
import { several } from './several.ts'
import { type Family, familyOf, isYoung } from './stock.ts'

/** The password of every user. */
export const PASSWORD = 'correct horse battery staple'
const PARALLEL = 4

const password: Flow = {
  name: 'password, right',
  share: 8,
  allowed: [200],
  proves: true,
  async run({ stock, send }) {
    const answer = await send(passwordRequest(`user-${below(200)}`, PASSWORD))
    if (answer.status === 200) stock.families.put(familyOf(answer))
  }
}

const wrongPassword: Flow = {
  name: 'password, wrong',
  share: 5,
  allowed: [400, 429],
  async run({ send }) {
    const username = Math.random() < 0.5 ? `victim-${below(50)}` : `nobody-${below(50)}`
    await send(passwordRequest(username, 'wrong'))
  }
}

const refresh: Flow = {
  name: 'refresh',
  share: 300,
  allowed: [200],
  proves: true,
  async run({ stock, send }) {
    const family = stock.families.take()
    const next = family && (await refreshed(family, send))
    if (next) stock.families.put(next)
  }
}

const parallelRefreshes: Flow = {
  name: `refresh, ${PARALLEL} times at once`,
  share: 15,
  allowed: [200],
  async run({ stock, send, wrong }) {
    const family = stock.families.take()
    if (!family) return
    const all = await several(PARALLEL, () => refreshed(family, send))
    const next = all.filter((each) => each !== null && each !== family)
    const successors = new Set(next.map((each) => each?.refreshToken))
    if (successors.size > 1) wrong(`${successors.size} successors of one refresh token`)
    if (!all.includes(null)) stock.families.put(next[0] ?? family)
  }
}

const unknownRefreshToken: Flow = {
  name: 'refresh, unknown token',
  share: 50,
  allowed: [400],
  async run({ send }) {
    await send(refreshRequest(randomBytes(32).toString('base64url')))
  }
}

const clientCredentials: Flow = {
  name: 'client credentials',
  share: 100,
  allowed: [200],
  proves: true,
  run: ({ send, jobSecret }) => send(credentialsRequest(jobSecret))
}

const wrongSecret: Flow = {
  name: 'client credentials, wrong secret',
  share: 30,
  allowed: [401, 429],
  run: ({ send }) => send(credentialsRequest('wrong'))
}

const revocation: Flow = {
  name: 'token of a client, and its revocation',
  share: 20,
  allowed: [200],
  async run({ send, jobSecret, wrong }) {
    const answer = await send(credentialsRequest(jobSecret))
    if (answer.status !== 200) return
    const token = String(members(answer)['access_token'])
    const client = { client_id: 'job', client_secret: jobSecret }
    const { status } = await send({ path: '/revoke', form: { token, ...client } })
    if (status !== 200) return
    const use = await send({ path: '/items', headers: bearerOf(token) }, [401])
    if (use.status === 200) wrong('a revoked token was accepted')
  }
}

const introspection: Flow = {
  name: 'introspection',
  share: 100,
  allowed: [200],
  async run({ stock, send, apiSecret, wrong }) {
    const family = stock.families.any()
    if (!family || !isYoung(family)) return
    const form = { token: family.accessToken, client_id: 'api', client_secret: apiSecret }
    const answer = await send({ path: '/introspect', form })
    if (answer.status === 200 && members(answer)['active'] !== true) wrong('a valid token was not active')
  }
}

const repeatedParameter: Flow = {
  name: 'token request, malformed',
  share: 50,
  allowed: [400],
  async run({ send }) {
    const headers = { 'content-type': 'application/json' }
    await send({ method: 'POST', path: '/token', headers })
  }
}

const documents: Flow = {
  name: 'keys, metadata and OpenAPI document',
  share: 40,
  allowed: [200],
  async run({ send }) {
    for (const path of ['/jwks', '/.well-known/oauth-authorization-server', '/docs/json']) await send({ path })
  }
}

export const tokenRequests: readonly Flow[] = [
  password,
  wrongPassword,
  refresh,
  parallelRefreshes,
  unknownRefreshToken,
  clientCredentials,
  wrongSecret,
  revocation,
  introspection,
  repeatedParameter,
  documents
]

/** A sign-in with a password, from any address. */
export function passwordRequest(username: string, text: string, address = anyAddress()) {
  return {
    path: '/token',
    headers: { 'x-forwarded-for': address },
    form: { grant_type: 'password', username, password: text, scope: 'items:read' }
  }
}

export function refreshRequest(token: string) {
  return { path: '/token', form: { grant_type: 'refresh_token', refresh_token: token } }
}

export function credentialsRequest(secret: string) {
  return {
    path: '/token',
    headers: { 'x-forwarded-for': anyAddress() },
    form: { grant_type: 'client_credentials', client_id: 'job', client_secret: secret }
  }
}

/** Returns the next tokens, the same family if its token can be sent again, or `null` if the family has ended. */
async function refreshed(family: Family, send: FlowContext['send']): Promise<Family | null> {
  const answer: Answer = await send(refreshRequest(family.refreshToken))
  if (answer.status === 200) return familyOf(answer)
  return answer.status === 400 ? null : family
}

function below(count: number): number {
  return Math.floor(Math.random() * count)
}

function anyAddress(): string {
  return `10.${below(256)}.${below(256)}.${below(256)}`
}
