import bearer from '@latchkey/bearer'
import guard, { allOf } from '@latchkey/guard'
import openapi from '@latchkey/openapi'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import { contains } from '@latchkey/exact'
import Fastify from 'fastify'
import t from 'tap'

const issuer = 'http://localhost:3000'

t.test(
  'a flow that a plugin adds to the token endpoint comes first in the document, and the page uses PKCE (SEC-151, SEC-152)',
  async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(openapi, { ui: '/docs', initOAuth: { clientId: 'docs' } })
    await app.register(guard, { scopes: { 'items:read': 'Read items' } })
    await app.register(tokenEndpoint, {
      issuer,
      audience: issuer,
      keys: [await generateSigningKey()],
      store: memoryStore()
    })
    await app.register(bearer, { issuers: [app.tokenEndpoint] })
    app.tokenEndpoint.addGrant({
      grantType: 'password',
      handle: async () => ({ subject: 'ann', scopes: [], authenticatedAt: 1 })
    })
    app.tokenEndpoint.addFlows((tokenUrl) => ({
      authorizationCode: {
        authorizationUrl: `${issuer}/authorize`,
        tokenUrl,
        refreshUrl: tokenUrl,
        scopes: app.guard.scopes
      }
    }))
    app.get('/items', { config: { access: allOf('items:read') } }, async () => [])

    const document = (await app.inject('/docs/json')).json()
    const scopes = { 'items:read': 'Read items' }
    const urls = { tokenUrl: '/token', refreshUrl: '/token' }
    t.same(Object.keys(document.components.securitySchemes), ['oauth2', 'bearerAuth'])
    t.same(Object.entries(document.components.securitySchemes.oauth2.flows), [
      ['authorizationCode', { authorizationUrl: `${issuer}/authorize`, ...urls, scopes }],
      ['password', { ...urls, scopes }]
    ])
    t.same(document.paths['/items'].get.security, [{ oauth2: ['items:read'] }, { bearerAuth: ['items:read'] }])
    const { body } = await app.inject('/docs/static/swagger-initializer.js')
    contains(t, body, 'ui.initOAuth({"clientId":"docs","usePkceWithAuthorizationCodeGrant":true})')
  }
)
