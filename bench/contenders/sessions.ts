import { randomBytes } from 'node:crypto'
import cookie from '@fastify/cookie'
import secureSession from '@fastify/secure-session'
import session, { type FastifySessionOptions } from '@fastify/session'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type Session } from 'fastify'
import { Redis } from 'ioredis'
import { getIronSession } from 'iron-session'
import type { Contender, Server } from '../contender.ts'
import { noRedis, REDIS, uniqueName } from '../databases.ts'
import { cookiesOf, hello, listening } from './answer.ts'

declare module '@fastify/secure-session' {
  interface SessionData {
    subject: string
  }
}
declare module 'fastify' {
  interface Session {
    subject: string
  }
}

type SessionStore = NonNullable<FastifySessionOptions['store']>

type Refuse = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>

/** Refuses a request without a session. */
async function guarded(app: FastifyInstance, subject: (request: FastifyRequest) => unknown): Promise<Server> {
  const refuse: Refuse = async (request, reply) =>
    subject(request) === undefined ? reply.code(401).send({ error: 'unauthorized' }) : undefined
  app.get('/', { onRequest: refuse }, hello)
  const signedIn = await app.inject({ method: 'POST', url: '/sign-in' })
  return listening(app, cookiesOf(signedIn.headers['set-cookie']))
}

async function withSecureSession(): Promise<Server> {
  const app = Fastify()
  await app.register(secureSession, { key: randomBytes(32), cookie: { path: '/', httpOnly: true } })
  app.post('/sign-in', async ({ session }) => session.set('subject', 'ann'))
  return guarded(app, ({ session }) => session.get('subject'))
}

async function withSession(store?: SessionStore): Promise<Server> {
  const app = Fastify()
  await app.register(cookie)
  // Without `rolling: false` it would set the cookie anew with each answer, which costs more and proves nothing.
  await app.register(session, {
    secret: randomBytes(32).toString('hex'),
    cookie: { secure: false },
    rolling: false,
    saveUninitialized: false,
    ...(store && { store })
  })
  app.post('/sign-in', async ({ session }) => session.set('subject', 'ann'))
  return guarded(app, ({ session }) => session.get('subject'))
}

/** The commands of connect-redis, whose current version needs Node.js 22. */
async function withSessionOnRedis(): Promise<Server> {
  const redis = new Redis(REDIS)
  const prefix = `${uniqueName()}:`
  const key = (id: string): string => `${prefix}${id}`
  const server = await withSession({
    set: (id, value, done) => void redis.set(key(id), JSON.stringify(value), 'EX', 3600).then(() => done(), done),
    get: (id, done) => void redis.get(key(id)).then((text) => done(null, text === null ? null : parsed(text)), done),
    destroy: (id, done) => void redis.del(key(id)).then(() => done(), done)
  })
  return {
    ...server,
    async close() {
      await server.close()
      await redis.quit()
    }
  }
}

function parsed(text: string): Session {
  return JSON.parse(text) as Session // `set` wrote it
}

async function withIronSession(): Promise<Server> {
  const app = Fastify()
  const options = { password: randomBytes(32).toString('hex'), cookieName: 'session' }
  const open = ({ raw }: FastifyRequest, reply: FastifyReply) =>
    getIronSession<{ subject?: string }>(raw, reply.raw, options)
  app.post('/sign-in', async (request, reply) => {
    const opened = await open(request, reply)
    opened.subject = 'ann'
    await opened.save()
  })
  const refuse: Refuse = async (request, reply) => {
    const { subject } = await open(request, reply)
    return subject === undefined ? reply.code(401).send({ error: 'unauthorized' }) : undefined
  }
  app.get('/', { onRequest: refuse }, hello)
  const signedIn = await app.inject({ method: 'POST', url: '/sign-in' })
  return listening(app, cookiesOf(signedIn.headers['set-cookie']))
}

export const sessions: readonly Contender[] = [
  { name: '@fastify/secure-session', sends: 'cookie', start: withSecureSession },
  { name: '@fastify/session in memory', sends: 'cookie', start: () => withSession() },
  { name: '@fastify/session on Redis', sends: 'cookie', unavailable: noRedis, start: withSessionOnRedis },
  { name: 'iron-session', sends: 'cookie', start: withIronSession }
]
