// The servers whose pages are looked at, with the way to each page.
import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { generateSigningKey } from '@latchkey/token-endpoint'
import { memoryStore } from '@latchkey/store/memory'
import type { PagesOptions } from '@latchkey/pages'
import type { AccountMail } from '@latchkey/password-login'
import type { BrowserContext, Page } from 'playwright-core'
import { build as passwordSessions } from '../../examples/password-sessions/app.ts'
import { build as showcase } from '../../examples/showcase/app.ts'
import { authorizationUrl, faultyUrl } from '../authorization/client.ts'
import { app, buildServer } from '../authorization/server.ts'
import { buildServer as passwordServer } from '../login/password-login.ts'
import { freeOrigin, listen, type Running } from '../loopback.ts'
import { standIn } from '../stand-in.ts'
import { lookingLike } from './looks.ts'

const cli = {
  clientId: 'cli',
  clientName: 'Command Line',
  grantTypes: ['urn:ietf:params:oauth:grant-type:device_code']
}

/** A server whose pages are looked at, and the pages: how to get to each, from any page. */
export interface Site {
  readonly name: string
  start(t: Running, look: PagesOptions | null): Promise<string>
  readonly pages: Readonly<Record<string, (page: Page, origin: string) => Promise<unknown>>>
}

export const sites: readonly Site[] = [
  {
    name: 'the authorization endpoint',
    async start(t, look) {
      const origin = await freeOrigin()
      const settings = {
        issuer: origin,
        clients: [app, cli],
        endpoint: { device: true, registration: { perMinute: 100 } }
      }
      const server = await buildServer(memoryStore(), await generateSigningKey(), settings)
      await listen(t, await lookingLike(look, server), origin)
      return origin
    },
    pages: {
      'the consent page': async (page, origin) => {
        await logIn(page, origin)
        await page.goto(authorizationUrl(origin, { scope: 'items:read items:write' }))
        await page.locator('button[value=allow]').waitFor()
      },
      'the page of an unknown client': async (page, origin) =>
        page.goto(authorizationUrl(origin, { client_id: 'unknown' })),
      'the way back to a website that registered itself': async (page, origin) => {
        await logIn(page, origin)
        await page.goto(await faultyUrl(origin))
        await page.locator('a.main').waitFor()
      },
      'the way back by a form': async (page, origin) => {
        await logIn(page, origin)
        await page.goto(await faultyUrl(origin, { response_mode: 'form_post' }))
        await page.locator('button.main').waitFor()
      },
      'the answer as a form': async (page, origin) => {
        await logIn(page, origin)
        await page.goto(authorizationUrl(origin, { response_mode: 'form_post' }))
        // The script of the page sends the form at once.
        await page.route('**/callback*', async (route) => route.fulfill({ status: 204 }))
        await page.locator('button[value=allow]').click()
        await page.locator('form[action$="/callback"] button').waitFor()
        await page.unroute('**/callback*')
      },
      'the page for a user code': async (page, origin) => {
        await logIn(page, origin)
        await page.goto(`${origin}/device`)
      },
      'the page after a wrong user code': async (page, origin) => {
        await logIn(page, origin)
        await page.goto(`${origin}/device`)
        await page.getByRole('textbox').fill('BCDF-GHJK')
        await page.getByRole('button').click()
        await page.getByRole('alert').waitFor()
      },
      'the consent page of a device': async (page, origin) => {
        await logIn(page, origin)
        await page.goto(`${origin}/device?user_code=${await userCode(origin)}`)
        await page.getByRole('button').click()
        await page.locator('button[value=allow]').waitFor()
      },
      'the page after the consent to a device': async (page, origin) => {
        await logIn(page, origin)
        await page.goto(`${origin}/device?user_code=${await userCode(origin)}`)
        await page.getByRole('button').click()
        await page.locator('button[value=allow]').click()
        await page.locator('form').waitFor({ state: 'detached' })
      }
    }
  },
  {
    name: 'the login with a password',
    async start(t, look) {
      const origin = await freeOrigin()
      await listen(t, await lookingLike(look, await passwordServer({ origin })), origin)
      return origin
    },
    pages: {
      'the form': async (page, origin) => page.goto(`${origin}/login`),
      'the form with an error': async (page, origin) => {
        await page.goto(`${origin}/login`)
        await page.locator('#username').fill('alice')
        await page.locator('#password').fill('wrong')
        await page.locator('button.main').click()
        await page.getByRole('alert').waitFor()
      }
    }
  },
  {
    name: 'the account',
    async start(t, look) {
      const origin = await freeOrigin()
      const sessionSecret = randomBytes(32).toString('base64url')
      const sendMail = async (mail: AccountMail) => void links.set(`${origin} ${mail.kind}`, mail.url)
      const server = await passwordSessions({ origin, sessionSecret, store: memoryStore(), sendMail })
      await listen(t, await lookingLike(look, server), origin)
      return origin
    },
    pages: {
      'the form for an address': async (page, origin) => page.goto(`${origin}/login/sign-up`),
      'the form with a wrong address': async (page, origin) => {
        await page.goto(`${origin}/login/sign-up`)
        await page.locator('#email').fill('nobody')
        await page.locator('button.main').click()
        await page.locator('#email-fault').waitFor()
      },
      'the page after a mail was asked for': async (page, origin) => askForLink(page, origin),
      'the page of a link that does not work': async (page, origin) =>
        page.goto(`${origin}/login/reset-password/link?token=x`),
      'the form for a new password': async (page, origin) => openLink(page, origin),
      'the form with a weak password': async (page, origin) => {
        await openLink(page, origin)
        await page.locator('#newPassword').fill('short')
        await page.locator('button.main').click()
        await page.locator('#newPassword-fault').waitFor()
      },
      'the form for another password': async (page, origin) => {
        await openLink(page, origin)
        await page.locator('#newPassword').fill('wonderland in winter')
        await page.locator('button.main').click()
        await page.getByRole('link', { name: 'Change your password' }).click()
        await page.locator('#password').waitFor()
      }
    }
  },
  {
    name: 'the showcase',
    async start(t, look) {
      const providers = [(await standIn(t, 'discord')).provider, (await standIn(t, 'google')).provider]
      const origin = await freeOrigin()
      await listen(t, await lookingLike(look, await showcase(origin, { providers })), origin)
      return origin
    },
    pages: {
      'the home page': async (page, origin) => page.goto(origin),
      'the page of providers': async (page, origin) => page.goto(`${origin}/login`),
      'the page of a login that failed': async (page, origin) => page.goto(`${origin}/login/discord/callback`),
      'the people of the dev provider': async (page, origin) => {
        await page.goto(`${origin}/login/discord`)
        await page.getByRole('button', { name: 'Ada Lovelace' }).waitFor()
      }
    }
  }
]

/** The links of mails, by the origin and the kind. */
const links = new Map<string, string>()
let visitors = 0

/** Asks for a link to sign up, with an address that is new. */
async function askForLink(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/login/sign-up`)
  await page.locator('#email').fill(`visitor${visitors++}@example.com`)
  await page.locator('button.main').click()
  await page.getByRole('status').waitFor()
}

/** Opens the link of the mail to a new visitor. */
async function openLink(page: Page, origin: string): Promise<void> {
  const key = `${origin} sign-up`
  links.delete(key)
  await askForLink(page, origin)
  while (!links.has(key)) await setImmediate()
  await page.goto(links.get(key) ?? '')
}

const loggedIn = new WeakSet<BrowserContext>()

/** Posts the form of a login page, once in each browser. */
async function logIn(page: Page, origin: string): Promise<void> {
  if (loggedIn.has(page.context())) return
  loggedIn.add(page.context())
  await page.goto(`${origin}/login`)
  await page.evaluate(
    "fetch('/login', { method: 'POST', body: new URLSearchParams({ user: 'ann' }), redirect: 'manual' }).then(() => null)"
  )
}

/** Starts a device, and returns the code for its user. */
async function userCode(origin: string): Promise<string> {
  const body = new URLSearchParams({ client_id: 'cli', scope: 'items:read' })
  const answer = await fetch(`${origin}/device_authorization`, { method: 'POST', body })
  const { user_code: code } = (await answer.json()) as { readonly user_code: string } // RFC 8628 §3.2
  return code
}
