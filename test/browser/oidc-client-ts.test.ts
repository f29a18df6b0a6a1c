import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { like } from '@latchkey/exact'
import Fastify from 'fastify'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { clientId } from '../../examples/single-page-app/app.ts'
import { listen } from '../loopback.ts'
import { openBrowser, skip } from './chromium.ts'
import { singlePageApi } from './single-page-api.ts'

/** The build of oidc-client-ts for browsers, which sets the global `oidc`. */
const library = path.join(
  path.dirname(fileURLToPath(import.meta.resolve('oidc-client-ts'))),
  '../browser/oidc-client-ts.min.js'
)

/** A page of another origin with oidc-client-ts. */
interface Client {
  readonly page: Page
  readonly origin: string
  readonly pageOrigin: string
  /** Evaluates an expression, in which `manager` is the client's `UserManager`. */
  run(expression: string): Promise<unknown>
}

/** The API of the single-page app, and a page with another client library in place of its own. */
async function openClient(t: Test, settings: object | ((origin: string) => object) = {}): Promise<Client> {
  const { origin, pageOrigin } = await singlePageApi(t)
  const script = await readFile(library, 'utf8')
  const server = Fastify()
  server.get('/', async (_request, reply) =>
    reply.type('text/html').send('<!doctype html><title>Client</title><script src="/oidc.js"></script>')
  )
  server.get('/oidc.js', async (_request, reply) => reply.type('text/javascript').send(script))
  await listen(t, server, pageOrigin)
  const page = await (await openBrowser(t)).newPage()
  await page.goto(pageOrigin)
  const all = {
    authority: origin,
    // By default the library looks for the metadata of OpenID Connect.
    metadataUrl: `${origin}/.well-known/oauth-authorization-server`,
    client_id: clientId,
    redirect_uri: `${pageOrigin}/`,
    // Without `openid`, the library wants no ID token.
    scope: 'items:read',
    ...(typeof settings === 'function' ? settings(origin) : settings)
  }
  return {
    page,
    origin,
    pageOrigin,
    run: async (expression) =>
      page.evaluate(
        `(async () => { const manager = new oidc.UserManager(${JSON.stringify(all)}); return ${expression} })()`
      )
  }
}

/** Starts the login, logs in with Discord's stand-in, and presses a button of the consent page. */
async function logIn({ page, pageOrigin, run }: Client, decision: 'Allow' | 'Do not allow'): Promise<void> {
  // Not awaited, because the page goes away.
  await run('void manager.signinRedirect()')
  await page.getByRole('button', { name: 'Ada Lovelace' }).click()
  await page.getByRole('button', { name: decision, exact: true }).click()
  await page.waitForURL((url) => url.origin === pageOrigin)
}

const FINISH = 'manager.signinRedirectCallback()'

for (const { name, settings } of [
  { name: 'finds the metadata of RFC 8414', settings: {} },
  {
    name: 'is given the metadata',
    settings: (origin: string) => ({
      metadataUrl: undefined,
      metadata: { issuer: origin, authorization_endpoint: `${origin}/authorize`, token_endpoint: `${origin}/token` }
    })
  }
]) {
  t.test(`oidc-client-ts logs in at another origin when it ${name}, and calls a guarded route`, { skip }, async (t) => {
    const client = await openClient(t, settings)
    await logIn(client, 'Allow')
    const user = await client.run(FINISH)
    like(t, user, { token_type: 'Bearer', scope: 'items:read', access_token: String, expires_at: Number })
    const { access_token: token } = user as { access_token: string } // checked above
    const call = `fetch('${client.origin}/items', { headers: { authorization: 'Bearer ${token}' } })`
    t.same(await client.run(`(await ${call}).json()`), [{ name: 'a brass key' }, { name: 'a lantern' }])
  })
}

t.test('oidc-client-ts revokes its token at another origin', { skip }, async (t) => {
  const client = await openClient(t)
  await logIn(client, 'Allow')
  const { access_token: token } = (await client.run(FINISH)) as { access_token: string } // a test above checks it
  const call = `(await fetch('${client.origin}/items', { headers: { authorization: 'Bearer ${token}' } })).status`
  t.equal(await client.run(call), 200)
  await client.run("manager.revokeTokens(['access_token'])")
  t.equal(await client.run(call), 401)
})

t.test('oidc-client-ts gets the error of a user who does not allow it', { skip }, async (t) => {
  const client = await openClient(t)
  await logIn(client, 'Do not allow')
  const refused = await client.run(
    `${FINISH}.catch(({ name, error, error_description }) => ({ name, error, error_description }))`
  )
  t.same(refused, { name: 'ErrorResponse', error: 'access_denied', error_description: 'The user refused' })
})

t.test('oidc-client-ts uses its code once: a second exchange is refused', { skip }, async (t) => {
  const client = await openClient(t)
  await logIn(client, 'Allow')
  const url = client.page.url()
  // The state is kept, as if the page had been loaded twice before the first exchange ended.
  const state = await client.run('JSON.stringify({ ...localStorage })')
  await client.run(FINISH)
  const again = `(Object.assign(localStorage, ${String(state)}), manager.signinRedirectCallback('${url}'))`
  like(t, await client.run(`${again}.catch(({ error }) => ({ error }))`), { error: 'invalid_grant' })
})
