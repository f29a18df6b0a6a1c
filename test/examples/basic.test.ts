import { randomBytes } from 'node:crypto'
import { devProvider } from '@latchkey/dev-provider'
import { discord, google } from '@latchkey/login'
import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { build } from '../../examples/basic/app.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { visitor } from '../visitor.ts'

const loginSecret = randomBytes(32).toString('base64url')

t.test('basic shows the tokens that Discord sent', async (t) => {
  const { clientId, clientSecret, origin: baseUrl, close } = await devProvider({ profile: 'discord' })
  t.teardown(close)
  const origin = await freeOrigin()
  await listen(t, await build({ origin, loginSecret, provider: discord({ clientId, clientSecret, baseUrl }) }), origin)

  const { status, url, text } = await visitor().logIn(`${origin}/login`, 'ada')
  like(t, [status, new URL(url).pathname], [200, '/auth'])
  const shown: Record<string, unknown> = JSON.parse(text)
  like(t, shown, {
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
  const { clientId, clientSecret, issuer, close } = await devProvider({ profile: 'google' })
  t.teardown(close)
  const origin = await freeOrigin()
  await listen(t, await build({ origin, loginSecret, provider: google({ clientId, clientSecret, issuer }) }), origin)

  const { status, text } = await visitor().logIn(`${origin}/login`, 'grace')
  t.equal(status, 200)
  like(t, JSON.parse(text), {
    token_type: 'Bearer',
    refresh_token: null,
    id_token_claims: { iss: issuer, aud: clientId, name: 'Grace Hopper', email_verified: true }
  })
})

t.test('basic shows a page, and no internal error, to a user who denies the login', async (t) => {
  const provider = await devProvider({ profile: 'discord' })
  t.teardown(provider.close)
  const { clientId, clientSecret, origin: baseUrl } = provider
  const origin = await freeOrigin()
  await listen(t, await build({ origin, loginSecret, provider: discord({ clientId, clientSecret, baseUrl }) }), origin)
  const somebody = visitor()
  const page = await somebody.get(`${origin}/login`)
  const { status, text } = await somebody.post(page.url, { refuse: 'yes' })
  t.equal(status, 403)
  contains(t, text, 'You did not log in')
})
