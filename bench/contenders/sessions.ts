import { randomBytes } from 'node:crypto'
import cookie from '@fastify/cookie'
import secureSession from '@fastify/secure-session'
import session from '@fastify/session'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { getIronSession } from 'iron-session'
import type { Contender, Server } from '../contender.ts'
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

type Refuse = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>

/** Whoever has no session gets nothing but one. */
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

async function withSession(): Promise<Server> {
  const app = Fastify()
  await app.register(cookie)
  // Without `rolling: false` it would set the cookie anew with each answer, which costs more and proves nothing.
  await app.register(session, {
    secret: randomBytes(32).toString('hex'),
    cookie: { secure: false },
    rolling: false,
    saveUninitialized: false
  })
  app.post('/sign-in', async ({ session }) => session.set('subject', 'ann'))
  return guarded(app, ({ session }) => session.get('subject'))
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
  { name: '@fastify/session in memory', sends: 'cookie', start: withSession },
  { name: 'iron-session', sends: 'cookie', start: withIronSession }
]
