import bearer from '@latchkey/bearer'
import guard, { allOf, recentLogin } from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import Fastify from 'fastify'
import * as oauth from 'oauth4webapi'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { freeOrigin, listen } from '../loopback.ts'

const http = { [oauth.allowInsecureRequests]: true }

/** A server of two resources. An independent client knows only their identifiers and their refusals. */
async function startServer(t: Test): Promise<{ origin: string; token: (name: string) => Promise<string> }> {
  const origin = await freeOrigin()
  const app = Fastify()
  await app.register(tokenEndpoint, {
    issuer: origin,
    audience: origin,
    resources: [`${origin}/a`, `${origin}/b`],
    keys: [await generateSigningKey()],
    store: memoryStore()
  })
  for (const name of ['a', 'b']) {
    await app.register(
      async (child) => {
        await child.register(guard, { resource: `${origin}/${name}` })
        await child.register(bearer, { issuers: [{ ...app.tokenEndpoint, audience: `${origin}/${name}` }] })
        child.get(
          '/items',
          { config: { access: allOf(`${name}:read`, recentLogin({ maxAge: 60 })) } },
          async () => name
        )
      },
      { prefix: `/${name}` }
    )
  }
  await listen(t, app, origin)
  const token = async (name: string): Promise<string> =>
    app.tokenEndpoint.issue({
      subject: 'ann',
      clientId: 'interop',
      scopes: [`${name}:read`],
      resources: [`${origin}/${name}`],
      authenticatedAt: Math.floor(Date.now() / 1000) - 120
    })
  return { origin, token }
}

async function challengeOf(url: string, token: string): Promise<oauth.WWWAuthenticateChallenge> {
  const answer = await oauth.protectedResourceRequest(token, 'GET', new URL(url), undefined, null, http).then(
    () => undefined,
    (error: unknown) => error
  )
  const challenge = answer instanceof oauth.WWWAuthenticateChallengeError ? answer.cause[0] : undefined
  if (!challenge) throw new Error('There was no challenge')
  return challenge
}

t.test('an independent client finds the metadata of each resource at the URL in the challenges (SEC-73)', async (t) => {
  const { origin } = await startServer(t)
  for (const name of ['a', 'b']) {
    const identifier = new URL(`${origin}/${name}`)
    const { scheme, parameters } = await challengeOf(`${origin}/${name}/items`, 'no-token')
    t.equal(scheme, 'bearer')
    const asked: string[] = []
    const response = await oauth.resourceDiscoveryRequest(identifier, {
      ...http,
      [oauth.customFetch]: async (url, options) => {
        asked.push(url)
        return fetch(url, { headers: options.headers })
      }
    })
    t.same(asked, [parameters.resource_metadata])
    const metadata = await oauth.processResourceDiscoveryResponse(identifier, response)
    t.equal(metadata.resource, identifier.href)
    t.same(metadata.scopes_supported, [`${name}:read`])
    t.same(metadata.bearer_methods_supported, ['header'])
    for (const [member, value] of Object.entries(metadata)) t.notSame(value, [], `${member} is not empty`)
  }
  const other = await oauth.resourceDiscoveryRequest(new URL(`${origin}/a`), http)
  await t.rejects(oauth.processResourceDiscoveryResponse(new URL(`${origin}/b`), other), /does not match/)
})

t.test('an independent client reads that the login is too old and how recent it must be', async (t) => {
  const { origin, token } = await startServer(t)
  const { parameters } = await challengeOf(`${origin}/a/items`, await token('a'))
  like(t, parameters, {
    error: 'insufficient_user_authentication',
    max_age: '60',
    resource_metadata: `${origin}/.well-known/oauth-protected-resource/a`
  })
})
