import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import Fastify, { type FastifyInstance } from 'fastify'
import { html } from 'ghtml'
import { page } from '../page.ts'

const JAVASCRIPT = 'text/javascript; charset=utf-8'

/** The server of the page: static files, without cookies, secrets and guarded routes. It may be any server of files. */
export async function buildPageServer(api: string, clientId: string): Promise<FastifyInstance> {
  const { html: home, headers } = page(
    'Your items',
    html`<main id="app" data-api="${api}" data-client-id="${clientId}">
<p id="message" role="status">One moment …</p>
<ul id="items"></ul>
<button class="button main" id="log-in" hidden>Log in</button>
</main>`,
    { module: '/app.js', calls: api }
  )
  const app = await readFile(path.join(import.meta.dirname, 'browser/app.js'), 'utf8')
  // One module without imports: it needs no build step.
  const library = await readFile(fileURLToPath(import.meta.resolve('oauth4webapi')), 'utf8')

  const server = Fastify()
  server.addHook('onRequest', async (_request, reply) => void reply.headers(headers))
  server.get('/', async (_request, reply) => reply.type('text/html; charset=utf-8').send(home))
  server.get('/app.js', async (_request, reply) => reply.type(JAVASCRIPT).send(app))
  server.get('/oauth4webapi.js', async (_request, reply) => reply.type(JAVASCRIPT).send(library))
  return server
}
