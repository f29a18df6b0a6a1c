// Clients that ask for tokens as fast as they can, in a process of their own. They start and stop when they are told.
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { endWithParent } from '../parent.ts'
import { CLIENT_ID, type Grant, GRANT_TYPE, JOB_ID, PASSWORD, username } from './names.ts'

/** What the parent sends before a load: which clients are meant. New ones get their first tokens. */
export interface Order {
  readonly url: string
  readonly secret: string
  readonly grant: Grant
  readonly clients: number
}

/** The answer to each message: how many answers came since the last one, and in how many seconds. */
export interface Load {
  readonly tokens: number
  /** Of logins: answers that say that the server is busy. */
  readonly refused: number
  readonly seconds: number
}

type Form = Readonly<Record<string, string>>

/** Clients of one server that use one grant. */
interface Clients extends Order {
  readonly agent: Agent
  /** One for each. It is replaced at every use. */
  readonly refreshTokens: string[]
}

const known = new Map<string, Clients>()
let current: Clients | undefined
let isRunning = false
let underWay: Promise<unknown> = Promise.resolve()
let [tokens, refused, since] = [0, 0, performance.now()]

process.on('message', (message: Order | 'start' | 'stop') => {
  void obey(message).then(answer)
})
endWithParent()

async function obey(message: Order | 'start' | 'stop'): Promise<void> {
  if (typeof message === 'object') current = await clientsOf(message)
  isRunning = message === 'start'
  if (isRunning) underWay = Promise.all(Array.from({ length: current?.clients ?? 0 }, (_, client) => work(client)))
  else await underWay
}

function answer(): void {
  process.send?.({ tokens, refused, seconds: (performance.now() - since) / 1000 } satisfies Load)
  ;[tokens, refused, since] = [0, 0, performance.now()]
}

async function clientsOf(order: Order): Promise<Clients> {
  const key = `${order.grant} ${order.url}`
  const clients = known.get(key) ?? {
    ...order,
    agent: new Agent({ keepAlive: true, maxSockets: order.clients }),
    refreshTokens: []
  }
  known.set(key, clients)
  while (order.grant === 'refresh_token' && clients.refreshTokens.length < order.clients) {
    const { body } = await post(clients, { client_id: CLIENT_ID, grant_type: GRANT_TYPE })
    clients.refreshTokens.push(refreshTokenIn(body))
  }
  return clients
}

async function work(client: number): Promise<void> {
  const own = current
  while (isRunning && own) {
    const { status, body } = await post(own, form(own, client))
    const isBusy = own.grant === 'password' && (status === 429 || status === 503)
    if (status !== 200 && !isBusy) throw new Error(`a token request was answered ${status}: ${body}`)
    if (isBusy) refused += 1
    else tokens += 1
    if (own.grant === 'refresh_token') own.refreshTokens[client] = refreshTokenIn(body)
  }
}

function form({ grant, refreshTokens }: Clients, client: number): Form {
  switch (grant) {
    case 'refresh_token':
    case 'none':
      return {
        client_id: CLIENT_ID,
        grant_type: 'refresh_token',
        refresh_token: refreshTokens[client] ?? 'x'.repeat(80)
      }
    case 'password':
      return { client_id: CLIENT_ID, grant_type: 'password', username: username(client), password: PASSWORD }
    case 'client_credentials':
      return { grant_type: 'client_credentials' }
  }
}

async function post(
  { url, secret, grant, agent }: Clients,
  parameters: Form
): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const text = new URLSearchParams(parameters).toString()
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(text),
    ...(grant === 'client_credentials' && {
      authorization: `Basic ${Buffer.from(`${JOB_ID}:${secret}`).toString('base64')}`
    })
  }
  const sent = request(`${url}${grant === 'none' ? '/form' : '/token'}`, { method: 'POST', agent, headers })
  sent.end(text)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += String(chunk)
  return { status: response.statusCode, body }
}

function refreshTokenIn(body: string): string {
  const { refresh_token: token } = JSON.parse(body) as { refresh_token?: unknown } // of the token endpoint
  if (typeof token !== 'string') throw new Error(`no refresh token: ${body}`)
  return token
}
