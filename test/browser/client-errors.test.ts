import guard from '@latchkey/guard'
import openapi from '@latchkey/openapi'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { clientCredentialsGrant, generateSigningKey, hashClientSecret } from '@latchkey/token-endpoint'
import Fastify from 'fastify'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { openAuthorizeDialog, skip } from './chromium.ts'

// Browsers take their time on a busy machine.
t.setTimeout(300_000)

const clientSecret = 'q7+Zk/9p=L2mX8vR4tB6nY1cW5sD3fG0'

async function listening(t: Test): Promise<string> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(openapi, { ui: '/docs' })
  await app.register(guard, { scopes: { 'items:read': 'Read items' } })
  app.guard.addAuthenticator({
    scheme: 'bearer',
    challenge: 'Bearer',
    ambient: false,
    header: 'authorization',
    securitySchemes: { bearerAuth: { type: 'http', scheme: 'bearer' } },
    authenticate: () => null
  })
  await app.register(tokenEndpoint, {
    issuer: 'http://localhost:3000',
    audience: 'http://localhost:3000',
    keys: [await generateSigningKey()],
    store: memoryStore(),
    clients: [{ clientId: 'job', clientSecretHash: hashClientSecret(clientSecret), grantTypes: ['client_credentials'] }]
  })
  app.tokenEndpoint.addGrant(clientCredentialsGrant())
  return app.listen({ port: 0, host: '127.0.0.1' })
}

/** Counts how often the browser would ask for a password, and closes the dialog. */
async function passwordDialogs(page: Page): Promise<() => number> {
  const session = await page.context().newCDPSession(page)
  let asked = 0
  session.on('Fetch.requestPaused', ({ requestId }) => void session.send('Fetch.continueRequest', { requestId }))
  session.on('Fetch.authRequired', ({ requestId }) => {
    asked++
    void session.send('Fetch.continueWithAuth', { requestId, authChallengeResponse: { response: 'CancelAuth' } })
  })
  await session.send('Fetch.enable', { handleAuthRequests: true })
  return () => asked
}

t.test(
  'Swagger UI shows invalid_client for a wrong secret, without a dialog of the browser (K21.1)',
  { skip },
  async (t) => {
    const page = await openAuthorizeDialog(t, await listening(t))
    const dialogs = await passwordDialogs(page)
    const form = page.locator('.auth-container', { hasText: 'Flow: clientCredentials' })
    await form.locator('#client_id_clientCredentials').fill('job')
    await form.locator('#client_secret_clientCredentials').fill('wrong')
    await form.locator('.modal-btn.auth.authorize').click()
    await form.locator('.errors').getByText('The client is unknown or did not authenticate').waitFor()
    t.equal(dialogs(), 0)
  }
)

t.test(
  'a page that sends a wrong secret in the body gets invalid_client, without a dialog of the browser (K21.1)',
  { skip },
  async (t) => {
    const page = await openAuthorizeDialog(t, await listening(t))
    const dialogs = await passwordDialogs(page)
    const body = 'grant_type=client_credentials&client_id=job&client_secret=wrong'
    const answer = await page.evaluate(`fetch('/token', { method: 'POST', body: new URLSearchParams('${body}') })
      .then(async (answer) => [answer.status, await answer.json()])`)
    const text = 'The client is unknown or did not authenticate'
    t.same(answer, [401, { error: 'invalid_client', error_description: text }])
    t.equal(dialogs(), 0)
  }
)

t.test('Swagger UI authorizes with a secret that form encoding changes (K21.2)', { skip }, async (t) => {
  const page = await openAuthorizeDialog(t, await listening(t))
  const form = page.locator('.auth-container', { hasText: 'Flow: clientCredentials' })
  await form.locator('#client_id_clientCredentials').fill('job')
  await form.locator('#client_secret_clientCredentials').fill(clientSecret)
  await form.locator('.modal-btn.auth.authorize').click()
  await form.getByText('Logout').waitFor()
  t.pass('a token is issued')
})
