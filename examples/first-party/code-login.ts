import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { noAuthentication } from '@latchkey/guard'
import type { FastifyInstance } from 'fastify'
import { page } from '../page.ts'
import { scopeBoxes } from './scope-boxes.ts'

/** The settings of the page. */
interface CodeLogin {
  readonly origin: string
  readonly clientId: string
  readonly scopes: Readonly<Record<string, string>>
}

const JAVASCRIPT = 'text/javascript; charset=utf-8'
const config = { access: noAuthentication }
const schema = { hide: true }

/** Adds a page that gets a token with an authorization code and PKCE, and shows it. */
export async function addCodeLogin(app: FastifyInstance, { origin, clientId, scopes }: CodeLogin): Promise<void> {
  const { html, headers } = page(
    'Log in with a code',
    `
<form data-issuer="${origin}" data-client-id="${clientId}">
  <fieldset>
    <legend>Scopes</legend>
    ${scopeBoxes(scopes)}
  </fieldset>
  <button class="button main" disabled>Log in</button>
</form>
<pre id="answer" hidden></pre>
`,
    { module: '/code-login.js', calls: origin }
  )
  const script = await readFile(path.join(import.meta.dirname, 'browser/code-login.js'), 'utf8')
  // One module without imports: it needs no build step.
  const library = await readFile(fileURLToPath(import.meta.resolve('oauth4webapi')), 'utf8')

  app.get('/code-login', { config, schema }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').headers(headers).send(html)
  )
  app.get('/code-login.js', { config, schema }, async (_request, reply) => reply.type(JAVASCRIPT).send(script))
  app.get('/oauth4webapi.js', { config, schema }, async (_request, reply) => reply.type(JAVASCRIPT).send(library))
}
