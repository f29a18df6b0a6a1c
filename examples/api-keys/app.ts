import { fileURLToPath } from 'node:url'
import apiKeys from '@latchkey/api-keys'
import guard, { allOf, everyone } from '@latchkey/guard'
import openapi from '@latchkey/openapi'
import session from '@latchkey/session'
import type { Store } from '@latchkey/store'
import Fastify, { type FastifyInstance } from 'fastify'
import { page } from '../page.ts'
import { secretOf } from '../secret.ts'
import { stopOnSignal } from '../stopping.ts'
import { openStorage } from '../storage.ts'

const BODY = `
<form method="post" action="/sign-in"><button class="button">Sign in as alice</button></form>
<button class="button main" id="create">Create a key</button>
<pre id="out" hidden></pre>`

const SCRIPT = `
  const [create, out] = ['#create', '#out'].map((selector) => document.querySelector(selector))
  create.addEventListener('click', async () => {
    const body = JSON.stringify({ name: 'from the page', scopes: ['items:read'] })
    const answer = await fetch('/api-keys', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const { key, message } = await answer.json()
    out.textContent = key ? "curl -H 'X-API-Key: " + key + "' " + location.origin + '/items' : message
    out.hidden = false
  })
`

/** A server whose users create keys for their programs. `origin` is the address of the server in the browser. */
export async function build(origin: string, store: Store, secret: string, app = Fastify()): Promise<FastifyInstance> {
  await app.register(openapi, { openapi: { info: { title: 'Items', version: '1.0.0' } }, ui: '/docs' })
  await app.register(guard, {
    scopes: { 'items:read': 'Read items', 'items:write': 'Change items' },
    // The scopes of a user now. A key never has more than its user.
    permissions: ({ subject }) => (subject === 'alice' ? ['items:read'] : [])
  })
  await app.register(session, { secrets: [secret], store, origin, loginPath: '/' })
  await app.register(apiKeys, { prefix: 'shop_demo', store, routes: true })

  const home = page('API keys', BODY, { script: SCRIPT, calls: "'self'" })
  app.get('/', { config: { access: everyone } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').headers(home.headers).send(home.html)
  )
  // A demo: a real server verifies a password, or sends the browser to a provider.
  app.post('/sign-in', { config: { access: everyone } }, async (_request, reply) => {
    await reply.signIn({ subject: 'alice' })
    return reply.redirect('/', 303)
  })
  app.get('/items', { config: { access: allOf('items:read') } }, async (request) => ({
    items: ['a brass key'],
    by: app.apiKeys.current(request)?.name ?? 'a session'
  }))
  app.post('/items', { config: { access: allOf('items:write') } }, async (_request, reply) => reply.code(201).send())
  // The form of the page has no body that matters.
  app.addContentTypeParser('application/x-www-form-urlencoded', (_request, payload, done) => {
    payload.resume().once('end', () => done(null, null))
  })
  return app
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 3000)
  const origin = `http://localhost:${port}`
  const app = Fastify({ logger: { level: 'warn' } })
  const store = await openStorage(process.env)
  app.addHook('onClose', async () => store.close())
  stopOnSignal(app)
  await build(origin, store, await secretOf(process.env, 'SESSION_SECRET'), app)
  await app.listen({ port, host: 'localhost' })
  console.log(`Open ${origin}, sign in, and create a key`)
}
