import { randomBytes } from 'node:crypto'
import guard, { authenticated, noAuthentication } from '@latchkey/guard'
import login from '@latchkey/login'
import session, { type SessionOptions } from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { contains } from '@latchkey/exact'
import { freeOrigin, listen } from '../loopback.ts'
import { standIn } from '../stand-in.ts'
import { openBrowser, skip } from './chromium.ts'

/** A server at `localhost`, whose provider at `127.0.0.1` is another site, and how many logins were begun there. */
async function shop(t: Test, options: Partial<SessionOptions>): Promise<{ origin: string; logins: () => number }> {
  const origin = await freeOrigin()
  const { provider } = await standIn(t, 'discord')
  const store = memoryStore()
  const app = Fastify()
  let logins = 0
  app.addHook('onRequest', async ({ url }) => {
    if (/^\/login(?:\?|$)/.test(url)) logins++
  })
  await app.register(guard)
  const secrets = [randomBytes(32).toString('base64url')]
  await app.register(session, { secrets, origin, store, loginPath: '/login', ...options })
  await app.register(login, { store, providers: [provider] })
  app.get('/private', { config: { access: authenticated } }, async () => 'private page')
  app.get('/', { config: { access: noAuthentication } }, async () => 'home')
  await listen(t, app, origin)
  return { origin, logins: () => logins }
}

for (const sameSite of ['lax', 'strict'] as const) {
  for (const insecureCookie of [false, true]) {
    t.test(
      `a login returns without a redirect loop, with sameSite ${sameSite}${insecureCookie ? ' and insecureCookie' : ''} (K20.1, K20.2)`,
      { skip },
      async (t) => {
        const { origin, logins } = await shop(t, { sameSite, insecureCookie })
        const context = await openBrowser(t)
        const page = await context.newPage()
        await page.goto(`${origin}/private`)
        await page.getByRole('button', { name: 'Ada Lovelace' }).click()
        await page.waitForURL(`${origin}/private`)
        contains(t, await page.innerText('body'), 'private page')
        t.equal(logins(), 1)
        const cookies = await context.cookies(origin)
        t.same(
          cookies.map(({ name, secure, sameSite: sent }) => ({ name, secure, sent })),
          [
            {
              name: insecureCookie ? 'session' : '__Host-session',
              secure: !insecureCookie,
              sent: sameSite === 'lax' ? 'Lax' : 'Strict'
            }
          ]
        )
      }
    )
  }
}
