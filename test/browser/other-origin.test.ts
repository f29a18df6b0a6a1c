import { randomBytes } from 'node:crypto'
import authorizationEndpoint from '@latchkey/authorization-endpoint'
import guard, { everyone } from '@latchkey/guard'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { authorizationUrl } from '../authorization/client.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { openBrowser, skip } from './chromium.ts'

/** A client at `127.0.0.1`, whose page shows the parameters of the answer and the method that brought them. */
async function client(t: Test): Promise<string> {
  const app = Fastify()
  t.teardown(() => app.close())
  const form = 'application/x-www-form-urlencoded'
  app.addContentTypeParser(form, { parseAs: 'string' }, async (_request: unknown, body: string) =>
    Object.fromEntries(new URLSearchParams(body))
  )
  app.get('/callback', async ({ query }) => ({ method: 'GET', answer: query }))
  app.post('/callback', async ({ body }) => ({ method: 'POST', answer: body }))
  return `${await app.listen({ port: 0, host: '127.0.0.1' })}/callback`
}

/** A server at `localhost`, where every browser that asks is logged in as ann. */
async function server(t: Test, redirectUri: string): Promise<string> {
  const origin = await freeOrigin()
  const store = memoryStore()
  const app = Fastify()
  await app.register(guard, { scopes: { 'items:read': 'Read your items' } })
  await app.register(session, { secrets: [randomBytes(32).toString('base64url')], store, origin })
  await app.register(tokenEndpoint, {
    issuer: origin,
    audience: origin,
    keys: [await generateSigningKey()],
    store,
    clients: [
      { clientId: 'photos', clientName: 'Photos', grantTypes: ['authorization_code'], redirectUris: [redirectUri] }
    ]
  })
  await app.register(authorizationEndpoint, { store })
  app.get<{ Querystring: { returnTo: string } }>('/login', { config: { access: everyone } }, async (request, reply) => {
    await reply.signIn({ subject: 'ann', scopes: ['items:read'] })
    return reply.redirect(request.query.returnTo, 303)
  })
  await listen(t, app, origin)
  return origin
}

for (const { responseMode, method, javaScriptEnabled } of [
  { responseMode: 'query', method: 'GET', javaScriptEnabled: true },
  { responseMode: 'query', method: 'GET', javaScriptEnabled: false },
  { responseMode: 'form_post', method: 'POST', javaScriptEnabled: true },
  { responseMode: 'form_post', method: 'POST', javaScriptEnabled: false }
]) {
  for (const decision of ['Allow', 'Do not allow']) {
    t.test(
      `the button "${decision}" reaches a client on another site by ${responseMode}, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`,
      { skip },
      async (t) => {
        const redirectUri = await client(t)
        const origin = await server(t, redirectUri)
        const page = await (await openBrowser(t, { javaScriptEnabled })).newPage()
        const state = 'a "state" & more'
        const asked = { client_id: 'photos', redirect_uri: redirectUri, response_mode: responseMode, state }
        await page.goto(authorizationUrl(origin, asked))
        await page.getByRole('button', { name: decision, exact: true }).click()
        if (responseMode === 'form_post' && !javaScriptEnabled) {
          await page.getByRole('button', { name: 'Continue to the app' }).click()
        }
        await page.waitForURL((url) => url.pathname === '/callback')
        const members =
          decision === 'Allow' ? { code: String } : { error: 'access_denied', error_description: 'The user refused' }
        like(t, JSON.parse(await page.innerText('body')), {
          method,
          answer: { ...members, state, iss: origin }
        })
      }
    )
  }
}
