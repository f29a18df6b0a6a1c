import { randomBytes } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import http from 'node:http'
import websocket from '@fastify/websocket'
import { like } from '@latchkey/exact'
import guard, { authenticated, correlationId, everyone } from '@latchkey/guard'
import session, { type SessionEvent } from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { WebSocket } from 'undici'

const UPSTREAM = { issuer: 'https://provider.example', sid: 'of-the-provider' }
const ORIGIN = { 'sec-fetch-site': 'same-origin' }

interface Server {
  readonly app: FastifyInstance
  readonly url: string
}

/** A server that closes a socket when the session that opened it ends, as the README of session recommends. */
async function serverWith(t: Test): Promise<Server> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(websocket)
  await app.register(guard)
  await app.register(session, { secrets: [randomBytes(32).toString('base64url')], store: memoryStore() })
  app.get('/in/:subject', { config: { access: everyone } }, async ({ params }, reply) => {
    await reply.signIn({ subject: (params as { subject: string }).subject, upstream: UPSTREAM }) // the pattern has it
    return 'in'
  })
  app.post('/out', { config: { access: authenticated } }, async (_request, reply) => {
    await reply.signOut()
    return 'out'
  })
  app.get('/live', { websocket: true, config: { access: authenticated } }, (socket, request) => {
    const current = app.sessions.current(request)
    if (current === null) return
    const close = (message: unknown): void => {
      if (endsSession(message as SessionEvent, current)) socket.close(4001, 'signed out') // the channel's type
    }
    subscribe('latchkey:session', close)
    socket.once('close', () => unsubscribe('latchkey:session', close))
    socket.send(current.subject)
  })
  const origin = await app.listen({ port: 0, host: 'localhost' })
  return { app, url: `${origin.replace('http', 'ws')}/live` }
}

function endsSession(
  event: SessionEvent,
  current: NonNullable<ReturnType<FastifyInstance['sessions']['current']>>
): boolean {
  switch (event.kind) {
    case 'started':
      return false
    case 'ended':
      return event.session === correlationId(current.id)
    case 'all-ended':
      return event.subject === current.subject
    case 'upstream-ended':
      return current.upstream?.issuer === event.issuer && event.upstream === correlationId(current.upstream.sid)
  }
}

async function signIn(app: FastifyInstance, subject: string): Promise<string> {
  const answer = await app.inject(`/in/${subject}`)
  return String(answer.headers['set-cookie']).split(';', 1)[0] ?? ''
}

async function open({ url }: Server, cookie: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { headers: { cookie, ...ORIGIN } })
  await once(socket, 'message')
  return socket
}

/** The status of the answer to a handshake that is refused. */
async function refused({ url }: Server, headers: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
  const handshake = {
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64')
  }
  const request = http.get(url.replace('ws:', 'http:'), { headers: { ...handshake, ...headers } })
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage]
  answer.destroy()
  return answer.statusCode
}

for (const [name, end] of [
  ['signs out', (app, cookie) => app.inject({ method: 'POST', url: '/out', headers: { cookie, ...ORIGIN } })],
  [
    'is signed out elsewhere',
    async (app) => {
      for (const { id } of await app.sessions.list('ann')) await app.sessions.end('ann', id)
    }
  ],
  ['has all sessions ended', (app) => app.sessions.revokeAll('ann')],
  ['logs out at the provider', (app) => app.sessions.revokeUpstream(UPSTREAM)]
] as const satisfies [string, (app: FastifyInstance, cookie: string) => unknown][]) {
  t.test(`a WebSocket is closed when its user ${name}, by the events of session (K1.4)`, async (t) => {
    const server = await serverWith(t)
    const cookie = await signIn(server.app, 'ann')
    const socket = await open(server, cookie)
    const closed = once(socket, 'close')
    await end(server.app, cookie)
    like(t, await closed, [{ code: 4001, reason: 'signed out' }])
    t.equal(await refused(server, { cookie, ...ORIGIN }), 401)
  })
}

t.test('a WebSocket stays open when the session of another user ends (K1.4)', async (t) => {
  const server = await serverWith(t)
  const { sessions } = server.app
  const socket = await open(server, await signIn(server.app, 'ann'))
  await signIn(server.app, 'bob')
  await sessions.revokeUpstream({ ...UPSTREAM, sid: 'another' })
  const [{ id } = { id: '' }] = await sessions.list('bob')
  t.equal(await sessions.end('bob', id), true)
  await sessions.revokeAll('bob')
  t.equal(socket.readyState, WebSocket.OPEN)
  const closed = once(socket, 'close')
  socket.close()
  like(t, await closed, [{ code: 1005 }], 'by the client')
})

t.test('a WebSocket is refused to a page of another origin, and to a caller without a session (K1.4)', async (t) => {
  const server = await serverWith(t)
  t.equal(await refused(server), 401)
  const cookie = await signIn(server.app, 'ann')
  t.equal(await refused(server, { cookie, 'sec-fetch-site': 'cross-site' }), 403)
})
