import { contains, like } from '@latchkey/exact'
import Fastify from 'fastify'
import latchkey, { authenticated } from 'latchkey'
import { discord } from 'latchkey/providers'
import t from 'tap'
import { origin, shared, verifyPassword } from './fixtures/setup.ts'

const provider = discord({ clientId: 'shop', clientSecret: 'not-a-real-one' })

for (const [prefix, root] of [
  ['/shop', '/shop'],
  ['/shop/', '/shop'],
  ['/', ''],
  ['', '']
] as const) {
  t.test(
    `the paths of a context with the prefix "${prefix}" are complete, and each has a route (SEC-74)`,
    async (t) => {
      const app = Fastify()
      t.teardown(() => app.close())
      let page = ''
      await app.register(
        async (child) => {
          await child.register(latchkey, {
            ...shared(),
            passwordLogin: { verifyPassword },
            login: { providers: [provider] },
            authorizationEndpoint: { pushedRequestPath: '/par', registration: true, device: true },
            tokenEndpoint: {
              clients: [{ clientId: 'a', clientSecretHash: `sha256:${'0'.repeat(43)}`, grantTypes: ['refresh_token'] }]
            }
          })
          child.get('/me', { config: { access: authenticated } }, async ({ principal }) => principal.subject)
          page = child.passwordLogin.pageUrl
        },
        { prefix }
      )
      const me = await app.inject({ url: `${root}/me`, headers: { accept: 'text/html', 'sec-fetch-mode': 'navigate' } })
      const returnTo = encodeURIComponent(`${root}/me`)
      like(t, me, { statusCode: 303, headers: { location: `${root}/login?returnTo=${returnTo}` } })
      t.equal(page, `${root}/login`)
      const { body } = await app.inject(page)
      contains(t, body, `action="${root}/login/password"`)
      contains(t, body, `href="${root}/login/discord"`)

      const start = await app.inject(`${root}/login/discord`)
      t.equal(
        new URL(String(start.headers.location)).searchParams.get('redirect_uri'),
        `${origin}${root}/login/discord/callback`
      )
      t.ok(app.hasRoute({ method: 'GET', url: `${root}/login/:provider/callback` }))

      const metadata = (await app.inject(`${root}/.well-known/oauth-authorization-server`)).json<
        Record<string, string>
      >()
      const urls = Object.entries(metadata).filter(([name]) => name.endsWith('_endpoint') || name === 'jwks_uri')
      t.same(Object.fromEntries(urls), {
        token_endpoint: `${origin}${root}/token`,
        jwks_uri: `${origin}${root}/jwks`,
        revocation_endpoint: `${origin}${root}/revoke`,
        introspection_endpoint: `${origin}${root}/introspect`,
        authorization_endpoint: `${origin}${root}/authorize`,
        pushed_authorization_request_endpoint: `${origin}${root}/par`,
        registration_endpoint: `${origin}${root}/register`,
        device_authorization_endpoint: `${origin}${root}/device_authorization`
      })
      for (const [name, url] of urls) {
        const path = new URL(url).pathname
        t.ok(
          ['GET', 'POST'].some((method) => app.hasRoute({ method, url: path })),
          name
        )
      }
    }
  )
}
