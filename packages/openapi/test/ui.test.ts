import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { contains, rejectsLike } from '@latchkey/exact'
import guard, { authenticated, noAuthentication } from '@latchkey/guard'
import openapi, { type OpenapiOptions } from '@latchkey/openapi'
import { keyAuthenticator, passwordFlow } from './fixtures/key-authenticator.ts'
import { documentOf } from './fixtures/operation.ts'

const SERVED = [
  '/docs/',
  '/docs/json',
  '/docs/yaml',
  '/docs/static/swagger-initializer.js',
  '/docs/static/swagger-ui.css'
]

async function appWithUi(options: OpenapiOptions = {}): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(openapi, { ui: '/docs', ...options })
  return app
}

function inProduction(t: Test): void {
  const before = process.env.NODE_ENV
  process.env.NODE_ENV = 'production'
  t.teardown(() => {
    if (before === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = before
  })
}

t.test('serves the page and the document', async (t) => {
  const app = await appWithUi()
  app.get('/items', async () => 'ok')
  for (const url of SERVED) t.equal((await app.inject(url)).statusCode, 200, url)
  const answer = await app.inject('/docs/json')
  t.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  t.same(answer.json(), await documentOf(app))
  t.same(Object.keys(answer.json().paths), ['/items'], 'the page itself is not in the document')
})

t.test('serves page and document in production only with uiInProduction (SEC-150)', async (t) => {
  inProduction(t)
  const lines: string[] = []
  const app = Fastify({ logger: { stream: { write: (line: string) => void lines.push(line) } } })
  await app.register(openapi, { ui: '/docs' })
  contains(t, lines.join(''), 'Swagger UI is not mounted')
  for (const url of ['/docs', ...SERVED]) t.equal((await app.inject(url)).statusCode, 404, url)
  t.ok(app.swagger(), 'app.swagger() still works')

  const told = await appWithUi({ uiInProduction: true })
  for (const url of SERVED) t.equal((await told.inject(url)).statusCode, 200, url)
})

for (const order of ['guard first', 'guard last']) {
  t.test(
    `returns 401 for page, files and document without what "access" requires, ${order} (SEC-150, SEC-152)`,
    async (t) => {
      const app = Fastify()
      if (order === 'guard first') await app.register(guard)
      await app.register(openapi, { ui: '/docs', access: authenticated })
      if (order === 'guard last') await app.register(guard)
      app.guard.addAuthenticator(keyAuthenticator())
      for (const url of ['/docs', ...SERVED]) {
        for (const method of ['GET', 'HEAD'] as const) {
          const refused = await app.inject({ method, url })
          t.equal(refused.statusCode, 401, `${method} ${url}`)
          t.equal(refused.headers['www-authenticate'], 'Key')
          t.notMatch(refused.body, 'openapi')
        }
        const { statusCode } = await app.inject({ url, headers: { key: 'x' } })
        t.equal(statusCode, url === '/docs' ? 302 : 200, url)
      }
    }
  )
}

t.test('declares noAuthentication on its own routes, so that the guard starts', async (t) => {
  const app = await appWithUi()
  await app.register(guard)
  await app.ready()
  const own = app.guard.routes().filter(({ url }) => url.startsWith('/docs'))
  t.ok(own.length >= SERVED.length)
  for (const { rule, url } of own) t.equal(rule, noAuthentication, url)
})

t.test('boot fails when no guard enforces "access" (SEC-150)', async (t) => {
  const app = await appWithUi({ access: authenticated })
  await rejectsLike(t, async () => app.ready(), {
    code: 'LATCHKEY_REGISTRATION',
    message: '@latchkey/openapi: access needs a guard to enforce it. Fix: register @latchkey/guard'
  })
})

t.test('configures the page for a public client: PKCE, no secret, no stored credentials (SEC-151)', async (t) => {
  const app = await appWithUi({
    uiConfig: { docExpansion: 'none' },
    initOAuth: { clientId: 'docs', scopes: ['read'], additionalQueryStringParams: { audience: 'https://api.example' } }
  })
  const { body } = await app.inject('/docs/static/swagger-initializer.js')
  contains(t, body, 'const config = {"docExpansion":"none","layout":"BaseLayout","persistAuthorization":false}')
  contains(
    t,
    body,
    'ui.initOAuth({"clientId":"docs","scopes":["read"],"additionalQueryStringParams":{"audience":"https://api.example"},"usePkceWithAuthorizationCodeGrant":true})'
  )
  t.notMatch(body, /secret/i)
  contains(t, body, "oauth2RedirectUrl: resolveUrl('./static/oauth2-redirect.html')", 'on the origin of the page')
  t.notMatch(body, /configUrl|queryConfigEnabled/)
  const bundle = await app.inject('/docs/static/swagger-ui-bundle.js')
  contains(t, bundle.body, 'queryConfigEnabled:!1', 'the page takes no settings from its address by default')
})

const ADDRESSES = [
  { url: '/docs', location: './docs/' },
  { url: '/docs?url=https://evil.example', location: './docs/' },
  { url: '/docs?url=https://evil.example/', location: './docs/' },
  { url: '/docs/?configUrl=https://evil.example/c.json', location: './' },
  { url: '/docs/?url=https://evil.example/', location: './' }
]

for (const { url, location } of ADDRESSES) {
  t.test(`redirects ${url} to the page without a query (SEC-151)`, async (t) => {
    const app = await appWithUi()
    const answer = await app.inject(url)
    t.equal(answer.statusCode, 302)
    t.equal(answer.headers.location, location)
    t.notMatch(answer.body, 'evil')
  })
}

t.test('the query does not change the served configuration (SEC-151)', async (t) => {
  const app = await appWithUi()
  for (const url of ['/docs/static/swagger-initializer.js', '/docs/json']) {
    const plain = await app.inject(url)
    const queried = await app.inject(`${url}?url=https://evil.example&configUrl=https://evil.example`)
    t.equal(queried.statusCode, 200)
    t.equal(queried.body, plain.body)
  }
})

for (const prefix of ['/api', '/api/']) {
  t.test(`the page finds its files under the prefix ${prefix}`, async (t) => {
    const app = Fastify()
    const api = async (child: FastifyInstance): Promise<void> => {
      child.setReplySerializer(() => '{}')
      await child.register(openapi, { ui: '/internal/docs' })
    }
    await app.register(api, { prefix })
    const redirect = await app.inject('/api/internal/docs')
    t.equal(redirect.statusCode, 302)
    t.equal(redirect.headers.location, './docs/')
    const page = await app.inject('/api/internal/docs/')
    t.equal(page.statusCode, 200)
    const files = [...page.body.matchAll(/(?:src|href)="(\.\/[^"]+)"/g)].map(([, file]) => file ?? '')
    t.ok(files.length >= 5)
    for (const file of files) t.equal((await app.inject(`/api/internal/docs/${file}`)).statusCode, 200, file)
    const document = (await app.inject('/api/internal/docs/json')).json()
    t.equal(document.openapi, '3.1.0', 'the serializers of the application do not change it')
  })
}

t.test('each context that registers openapi has its own document and page', async (t) => {
  const app = Fastify()
  for (const name of ['a', 'b']) {
    const context = async (child: FastifyInstance): Promise<void> => {
      await child.register(openapi, { ui: '/docs' })
      await child.register(guard)
      child.guard.addAuthenticator(keyAuthenticator({ key: { type: 'http', scheme: name } }))
      child.get('/items', { config: { access: authenticated } }, async () => name)
    }
    app.register(context, { prefix: `/${name}` })
  }
  for (const name of ['a', 'b']) {
    const document = (await app.inject(`/${name}/docs/json`)).json()
    t.same(Object.keys(document.paths), [`/${name}/items`])
    t.same(document.components.securitySchemes, { key: { type: 'http', scheme: name } })
  }
})

t.test('sends security headers with every status (SEC-138, SEC-151)', async (t) => {
  const app = await appWithUi({ access: authenticated })
  await app.register(guard)
  app.guard.addAuthenticator(keyAuthenticator())
  const cases = [
    { url: '/docs/', key: 'x', status: 200 },
    { url: '/docs/static/oauth2-redirect.html', key: 'x', status: 200 },
    { url: '/docs', key: 'x', status: 302 },
    { url: '/docs/', key: 'bad', status: 401 },
    { url: '/docs/static/none', key: 'x', status: 404 }
  ]
  for (const { url, key, status } of cases) {
    const { statusCode, headers } = await app.inject({ url, headers: { key } })
    t.equal(statusCode, status, url)
    t.match(headers['content-security-policy'], /^default-src 'none';.* frame-ancestors 'none'$/)
    t.equal(headers['x-content-type-options'], 'nosniff')
    t.equal(headers['referrer-policy'], 'no-referrer')
    t.equal(
      headers['cross-origin-opener-policy'],
      url.endsWith('oauth2-redirect.html') ? 'unsafe-none' : 'same-origin-allow-popups',
      'the popup of the code flow keeps its opener'
    )
  }
})

t.test('returns 500 with the security headers when the document cannot be made (SEC-138)', async (t) => {
  const app = await appWithUi()
  app.get('/items', { schema: { security: [{ nobody: [] }] } }, async () => 'ok')
  const { statusCode, headers } = await app.inject('/docs/')
  t.equal(statusCode, 500)
  t.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'")
  t.equal((await app.inject('/items')).statusCode, 200)
})

t.test(
  'the policy of the page allows connections only to the servers and token endpoints of the document (SEC-151)',
  async (t) => {
    const app = await appWithUi({
      openapi: {
        servers: [{ url: '/' }, { url: 'https://api.example/v1' }],
        components: {
          securitySchemes: {
            oidc: { type: 'openIdConnect', openIdConnectUrl: 'https://id.example/.well-known/openid-configuration' },
            script: { type: 'openIdConnect', openIdConnectUrl: 'javascript:alert(1)' },
            broken: { type: 'openIdConnect', openIdConnectUrl: "https://*; script-src 'unsafe-inline'" }
          }
        }
      }
    })
    await app.register(guard)
    app.guard.addAuthenticator(
      keyAuthenticator({
        local: passwordFlow,
        remote: {
          type: 'oauth2',
          flows: {
            authorizationCode: {
              authorizationUrl: 'https://login.example/authorize',
              tokenUrl: 'https://tokens.example/token',
              scopes: {}
            }
          }
        }
      })
    )
    const { headers } = await app.inject('/docs/')
    t.equal(
      headers['content-security-policy'],
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' " +
        "https://api.example https://id.example https://tokens.example; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
  }
)
