import { randomBytes } from 'node:crypto'
import type { DevProvider } from '@latchkey/dev-provider'
import { type Browser, browser } from '@latchkey/testing'
import t, { type Test } from 'tap'
import { contains, like } from '@latchkey/exact'
import { build } from '../../examples/basic/app.ts'
import { standIn } from '../stand-in.ts'

const origin = 'http://localhost:3000'

/** The example with a provider, and its user after `GET /login`: the browser, and the URL of the provider. */
async function start(
  t: Test,
  profile: 'discord' | 'google'
): Promise<{ running: DevProvider; user: Browser; asked: string }> {
  const { running, provider } = await standIn(t, profile)
  const app = await build({ origin, loginSecret: randomBytes(32).toString('base64url'), provider })
  t.teardown(() => app.close())
  const user = browser(app, { origin })
  return { running, user, asked: String((await user.open('/login')).location) }
}

t.test('basic shows the tokens that Discord sent', async (t) => {
  const { running, user, asked } = await start(t, 'discord')
  const page = await user.open((await running.authorize(asked, 'ada')).href, { site: 'cross-site' })
  like(t, [page.statusCode, new URL(page.url).pathname], [200, '/auth'])
  like(t, page.json(), {
    access_token: /^\S{20,}$/,
    token_type: 'Bearer',
    expires_in: Number,
    refresh_token: /^\S{20,}$/,
    scope: 'identify email',
    expires_at: Number,
    id_token_claims: null
  })
})

t.test('basic shows the claims of an ID token', async (t) => {
  const { running, user, asked } = await start(t, 'google')
  const page = await user.open((await running.authorize(asked, 'grace')).href, { site: 'cross-site' })
  t.equal(page.statusCode, 200)
  like(t, page.json(), {
    token_type: 'Bearer',
    refresh_token: null,
    id_token_claims: { iss: running.issuer, aud: running.clientId, name: 'Grace Hopper', email_verified: true }
  })
})

t.test('basic shows a page, and no internal error, to a user who denies the login', async (t) => {
  const { running, user, asked } = await start(t, 'discord')
  const page = await user.open((await running.refuse(asked)).href, { site: 'cross-site' })
  t.equal(page.statusCode, 403)
  contains(t, page.body, 'You did not log in')
})
