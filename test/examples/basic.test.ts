import { randomBytes } from 'node:crypto'
import { type DevProvider, devProvider } from '@latchkey/dev-provider'
import { discord, google } from '@latchkey/login'
import { type Browser, browser } from '@latchkey/testing'
import t, { type Test } from 'tap'
import { contains, like } from '@latchkey/exact'
import { build } from '../../examples/basic/app.ts'

const origin = 'http://localhost:3000'

/** The example with a provider, and its user after `GET /login`: the browser, and the URL of the provider. */
async function start(
  t: Test,
  profile: 'discord' | 'google'
): Promise<{ provider: DevProvider; user: Browser; asked: string }> {
  const provider = await devProvider({ profile })
  t.teardown(provider.close)
  const { clientId, clientSecret, issuer, origin: baseUrl } = provider
  const client = { clientId, clientSecret }
  const loginSecret = randomBytes(32).toString('base64url')
  const app = await build({
    origin,
    loginSecret,
    provider: profile === 'discord' ? discord({ ...client, baseUrl }) : google({ ...client, issuer })
  })
  t.teardown(() => app.close())
  const user = browser(app, { origin })
  return { provider, user, asked: String((await user.open('/login')).location) }
}

t.test('basic shows the tokens that Discord sent', async (t) => {
  const { provider, user, asked } = await start(t, 'discord')
  const page = await user.open((await provider.authorize(asked, 'ada')).href, { site: 'cross-site' })
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
  const { provider, user, asked } = await start(t, 'google')
  const page = await user.open((await provider.authorize(asked, 'grace')).href, { site: 'cross-site' })
  t.equal(page.statusCode, 200)
  like(t, page.json(), {
    token_type: 'Bearer',
    refresh_token: null,
    id_token_claims: { iss: provider.issuer, aud: provider.clientId, name: 'Grace Hopper', email_verified: true }
  })
})

t.test('basic shows a page, and no internal error, to a user who denies the login', async (t) => {
  const { provider, user, asked } = await start(t, 'discord')
  const page = await user.open((await provider.refuse(asked)).href, { site: 'cross-site' })
  t.equal(page.statusCode, 403)
  contains(t, page.body, 'You did not log in')
})
