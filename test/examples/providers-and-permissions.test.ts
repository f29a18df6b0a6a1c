import { randomBytes } from 'node:crypto'
import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { build } from '../../examples/providers-and-permissions/app.ts'
import { openStorage } from '../../examples/storage.ts'
import { mariadb, postgres, sqlite } from '../databases.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { standIn } from '../stand-in.ts'
import { type Visitor, visitor } from '../visitor.ts'
import { codeLogin } from './code-login.ts'

const ADMIN = { provider: 'google', subject: '110169484474386276334' }

async function setPermissions(admin: Visitor, origin: string, id: string, permissions: string[]): Promise<number> {
  const cookies = [...(await admin.cookies(origin))].map(([name, value]) => `${name}=${value}`)
  const { status } = await fetch(`${origin}/users/${id}/permissions`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', cookie: cookies.join('; ') },
    body: JSON.stringify({ permissions })
  })
  return status
}

for (const database of [sqlite, postgres, mariadb]) {
  t.test(`providers-and-permissions on ${database.name}`, { skip: database.skip }, async (t) => {
    const store = await openStorage((await database.open(t)).placeAt())
    t.teardown(async () => store.close())
    const [discordHere, googleHere] = [await standIn(t, 'discord'), await standIn(t, 'google')]
    const origin = await freeOrigin()
    const providers = [discordHere.provider, googleHere.provider]
    const [sessionSecret, keySecret] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')]
    await listen(t, await build({ origin, providers, sessionSecret, keySecret, store, firstAdmin: ADMIN }), origin)
    const [ada, grace] = [visitor(), visitor()]

    await t.test('the login page names both providers', async (t) => {
      const { text } = await grace.get(`${origin}/login`)
      contains(t, text, 'Log in with Discord')
      contains(t, text, 'Sign in with Google')
    })

    await t.test('the account page redirects an anonymous visitor to the login and back', async (t) => {
      like(t, await grace.get(`${origin}/account`), { status: 200, url: `${origin}/login?returnTo=%2Faccount` })
      const { status, url, text } = await grace.logIn(`${origin}/login/discord?returnTo=%2Faccount`, 'grace')
      like(t, [status, url], [200, `${origin}/account`])
      contains(t, text, 'Grace Hopper')
    })

    const { id } = JSON.parse((await grace.get(`${origin}/users/me`)).text) as { id: string }

    await t.test('permissions change while a user is logged in', async (t) => {
      await ada.logIn(`${origin}/login/google`, 'ada')
      like(t, await ada.get(`${origin}/admin`), { status: 200 })
      like(t, await grace.get(`${origin}/privileged`), { status: 403 })
      t.equal(await setPermissions(grace, origin, id, ['admin']), 403, 'a user cannot add own permissions')
      t.equal(await setPermissions(ada, origin, id, ['privileged']), 204)
      like(t, await grace.get(`${origin}/privileged`), { status: 200 })
      t.equal(await setPermissions(ada, origin, id, []), 204)
      like(t, await grace.get(`${origin}/privileged`), { status: 403 })
      t.equal(await setPermissions(ada, origin, 'nobody', []), 404)
      t.equal(await setPermissions(ada, origin, id, ['no such permission']), 400)
    })

    await t.test('an app gets a permission of the user, and loses it with the user and by withdrawal', async (t) => {
      t.equal(await setPermissions(ada, origin, id, ['privileged']), 204)
      const token = await allowDocs(grace, origin)
      const use = async (): Promise<number> =>
        (await fetch(`${origin}/privileged`, { headers: { authorization: `Bearer ${token}` } })).status
      t.equal(await use(), 200)
      t.equal(await setPermissions(ada, origin, id, []), 204)
      t.equal(await use(), 403)
      t.equal(await setPermissions(ada, origin, id, ['privileged']), 204)
      t.equal(await use(), 200)

      contains(t, (await grace.get(`${origin}/account`)).text, '<td>Documentation</td><td><code>privileged</code></td>')
      const { url, text } = await grace.post(`${origin}/account/apps/withdraw`, { clientId: 'docs' })
      t.equal(url, `${origin}/account`)
      contains(t, text, '<p>None.</p>')
      t.equal(await use(), 401)
      t.equal(await setPermissions(ada, origin, id, []), 204)
    })

    await t.test('a logged-in user links an identity, which then logs in to the same account', async (t) => {
      const page = await grace.post(`${origin}/login/google/link?returnTo=/account`)
      t.equal(new URL(page.url).origin, googleHere.running.origin)
      const { url, text } = await grace.pick(page, 'grace')
      t.equal(url, `${origin}/account`)
      contains(t, text, 'Unlink google')
      const elsewhere = visitor()
      await elsewhere.logIn(`${origin}/login/google`, 'grace')
      like(t, JSON.parse((await elsewhere.get(`${origin}/users/me`)).text), { id })

      await t.test('the account page ends the session of another browser', async (t) => {
        const account = await grace.get(`${origin}/account`)
        const rows = [...account.text.matchAll(/<tr><td>([^<]*)<.*\n.*name="id" value="([\w-]+)"/g)]
        const ids = rows.map(([, , session]) => String(session))
        t.equal(ids.length, 2)
        const others = rows.filter(([, label]) => !String(label).endsWith(' (this one)'))
        t.equal(others.length, 1)
        for (const session of ids) await ada.post(`${origin}/account/sessions/end`, { id: session })
        like(
          t,
          await elsewhere.get(`${origin}/users/me`),
          { status: 200 },
          'a user cannot end the session of another user'
        )
        await grace.post(`${origin}/account/sessions/end`, { id: String(others[0]?.[2]) })
        like(t, await elsewhere.get(`${origin}/account`), { url: `${origin}/login?returnTo=%2Faccount` })
      })
    })

    await t.test('a request without a form is refused', async (t) => {
      for (const path of ['/account/apps/withdraw', '/account/sessions/end', '/account/identities/unlink']) {
        like(t, await grace.post(origin + path), { status: 400 })
      }
    })

    await t.test('the last identity of an account cannot be removed', async (t) => {
      const google = { provider: 'google', subject: '104537281936450127843' }
      const discord = { provider: 'discord', subject: '175928847299117063' }
      like(t, await grace.post(`${origin}/account/identities/unlink`, google), { url: `${origin}/account` })
      like(t, await grace.post(`${origin}/account/identities/unlink`, discord), { status: 409 })
    })
  })
}

/** Logs in to the documentation page, which asks for the permission `privileged`, and returns its access token. */
async function allowDocs(user: Visitor, origin: string): Promise<string> {
  const redirectUri = `${origin}/docs/static/oauth2-redirect.html`
  const steps = codeLogin({ origin, clientId: 'docs', redirectUri, scope: 'privileged' })
  const answer = await steps.exchange(await steps.allow(user, await user.get(steps.url)))
  return ((await answer.json()) as { access_token: string }).access_token
}
