import { generateCodeVerifier, OAuth2Client } from '@badgateway/oauth2-client'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { AuthorizationCode } from 'simple-oauth2'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import { generateSigningKey } from '@latchkey/token-endpoint'
import { decide, logIn, statusOfItems } from '../authorization/client.ts'
import { buildServer, WEB_SECRET as clientSecret } from '../authorization/server.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { visitor } from '../visitor.ts'
import { refusal } from './server.ts'

async function startServer(t: Test): Promise<string> {
  const origin = await freeOrigin()
  await listen(t, await buildServer(memoryStore(), await generateSigningKey(), { issuer: origin }), origin)
  return origin
}

/** Is a user: logs in, presses a button, and is back at the client. Returns the URL there. */
async function atBrowser(url: string | URL, decision: 'allow' | 'deny' = 'allow'): Promise<URL> {
  const browser = visitor()
  // Another user, because the consent is remembered.
  const user = decision === 'allow' ? 'ann' : 'bob'
  const asked = await logIn(browser, await browser.get(String(url)), user)
  return new URL((await decide(browser, asked, decision)).url)
}

// Loopback has no certificate.
const http = { [oauth.allowInsecureRequests]: true }

for (const { name, client, authentication } of [
  { name: 'a public client', client: { client_id: 'app' }, authentication: oauth.None() },
  { name: 'client_secret_basic', client: { client_id: 'web' }, authentication: oauth.ClientSecretBasic(clientSecret) },
  { name: 'client_secret_post', client: { client_id: 'web' }, authentication: oauth.ClientSecretPost(clientSecret) }
]) {
  t.test(`oauth4webapi authorizes as ${name}, with PKCE, state and iss (RFC 7636, RFC 9207 §2.4)`, async (t) => {
    const origin = await startServer(t)
    const discovery = await oauth.discoveryRequest(new URL(origin), { ...http, algorithm: 'oauth2' })
    const server = await oauth.processDiscoveryResponse(new URL(origin), discovery)
    t.same(server.code_challenge_methods_supported, ['S256'])
    t.equal(server.authorization_response_iss_parameter_supported, true)

    const begin = async (): Promise<{ url: URL; verifier: string; state: string }> => {
      const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()]
      const url = new URL(server.authorization_endpoint ?? '')
      url.search = new URLSearchParams({
        response_type: 'code',
        client_id: client.client_id,
        redirect_uri: `${origin}/callback`,
        scope: 'items:read',
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state
      }).toString()
      return { url, verifier, state }
    }

    const { url, verifier, state } = await begin()
    const back = await atBrowser(url)
    const answer = oauth.validateAuthResponse(server, client, back, state)
    const exchange = async (codeVerifier: string): Promise<oauth.TokenEndpointResponse> => {
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication,
        answer,
        `${origin}/callback`,
        codeVerifier,
        http
      )
      return oauth.processAuthorizationCodeResponse(server, client, response)
    }
    const wrong = oauth.generateRandomCodeVerifier()
    like(t, await refusal(exchange(wrong)), { status: 400, error: 'invalid_grant' })
    const tokens = await exchange(verifier)
    like(t, tokens, { token_type: 'bearer', scope: 'items:read', expires_in: 600 })
    t.equal(await statusOfItems(origin, tokens.access_token), 200)
    const request = new Request(`${origin}/items`, { headers: { authorization: `Bearer ${tokens.access_token}` } })
    like(t, await oauth.validateJwtAccessToken(server, request, origin, http), {
      sub: 'ann',
      client_id: client.client_id,
      auth_time: Number
    })
    const refreshed = await oauth.processRefreshTokenResponse(
      server,
      client,
      await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token ?? '', http)
    )
    t.equal(await statusOfItems(origin, refreshed.access_token), 200)
    like(t, await refusal(exchange(verifier)), { status: 400, error: 'invalid_grant' })
    t.equal(await statusOfItems(origin, refreshed.access_token), 401)

    const denied = await begin()
    const refused = await atBrowser(denied.url, 'deny')
    const error = await refusal(
      Promise.resolve().then(() => oauth.validateAuthResponse(server, client, refused, denied.state))
    )
    like(t, error, { error: 'access_denied' })
    const other = { ...server, issuer: 'https://other.example.com' }
    const mixedUp = await refusal(Promise.resolve().then(() => oauth.validateAuthResponse(other, client, back, state)))
    like(t, mixedUp, { message: 'unexpected "iss" (issuer) response parameter value' })
  })
}

t.test('openid-client authorizes, with PKCE, state and iss', async (t) => {
  const origin = await startServer(t)
  const config = await openid.discovery(new URL(origin), 'app', undefined, openid.None(), {
    algorithm: 'oauth2',
    execute: [openid.allowInsecureRequests]
  })
  t.equal(config.serverMetadata().supportsPKCE(), true)
  const [verifier, state] = [openid.randomPKCECodeVerifier(), openid.randomState()]
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: `${origin}/callback`,
    scope: 'items:read',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state
  })
  const back = await atBrowser(url)
  const checks = { pkceCodeVerifier: verifier, expectedState: state }
  const wrong = { ...checks, pkceCodeVerifier: openid.randomPKCECodeVerifier() }
  like(t, await refusal(openid.authorizationCodeGrant(config, back, wrong)), { error: 'invalid_grant' })
  const withoutIssuer = new URL(back)
  withoutIssuer.searchParams.delete('iss')
  like(t, await refusal(openid.authorizationCodeGrant(config, withoutIssuer, checks)), {
    cause: { message: 'response parameter "iss" (issuer) missing' }
  })
  const tokens = await openid.authorizationCodeGrant(config, back, checks)
  like(t, tokens, { token_type: 'bearer', scope: 'items:read', expires_in: 600 })
  t.equal(await statusOfItems(origin, tokens.access_token), 200)
  const refreshed = await openid.refreshTokenGrant(config, String(tokens.refresh_token))
  t.equal(await statusOfItems(origin, refreshed.access_token), 200)
  like(t, await refusal(openid.authorizationCodeGrant(config, back, checks)), { error: 'invalid_grant' })
  t.equal(await statusOfItems(origin, refreshed.access_token), 401)
  const refused = await atBrowser(url, 'deny')
  like(t, await refusal(openid.authorizationCodeGrant(config, refused, checks)), { error: 'access_denied' })
})

t.test('simple-oauth2 authorizes, with PKCE in additional parameters', async (t) => {
  const origin = await startServer(t)
  const client = new AuthorizationCode({
    client: { id: 'web', secret: clientSecret },
    auth: { tokenHost: origin, tokenPath: '/token', authorizePath: '/authorize', revokePath: '/revoke' },
    http: { json: true }
  })
  const verifier = oauth.generateRandomCodeVerifier()
  const parameters = {
    redirect_uri: `${origin}/callback`,
    scope: ['items:read'],
    state: 'abc',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256'
  }
  const { searchParams } = await atBrowser(client.authorizeURL(parameters))
  t.equal(searchParams.get('state'), 'abc')
  const sent = { code: searchParams.get('code') ?? '', redirect_uri: `${origin}/callback`, code_verifier: verifier }
  const tokens = await client.getToken(sent)
  like(t, tokens.token, { token_type: 'Bearer', scope: 'items:read', expires_in: 600 })
  t.equal(await statusOfItems(origin, String(tokens.token['access_token'])), 200)
  const refreshed = await tokens.refresh()
  t.equal(await statusOfItems(origin, String(refreshed.token['access_token'])), 200)
  like(t, await refusal(client.getToken(sent)), { data: { payload: { error: 'invalid_grant' } } })
  t.equal(await statusOfItems(origin, String(refreshed.token['access_token'])), 401)
})

for (const [name, secret] of [
  ['a public client', {}],
  ['a client with a secret', { clientSecret }]
] as const) {
  t.test(`@badgateway/oauth2-client authorizes as ${name}, with PKCE and state`, async (t) => {
    const origin = await startServer(t)
    const clientId = 'clientSecret' in secret ? 'web' : 'app'
    const client = new OAuth2Client({ server: origin, clientId, ...secret })
    const { authorizationCode } = client
    const codeVerifier = await generateCodeVerifier()
    const redirectUri = `${origin}/callback`
    const url = await authorizationCode.getAuthorizeUri({
      redirectUri,
      codeVerifier,
      state: 'abc',
      scope: ['items:read']
    })
    const back = await atBrowser(url)
    const sent = { redirectUri, codeVerifier, state: 'abc' }
    const tokens = await authorizationCode.getTokenFromCodeRedirect(back, sent)
    t.same(tokens.scope, ['items:read'])
    t.equal(await statusOfItems(origin, tokens.accessToken), 200)
    const refreshed = await client.refreshToken(tokens)
    t.equal(await statusOfItems(origin, refreshed.accessToken), 200)
    like(t, await refusal(authorizationCode.getTokenFromCodeRedirect(back, sent)), { oauth2Code: 'invalid_grant' })
    t.equal(await statusOfItems(origin, refreshed.accessToken), 401)
    const refused = await atBrowser(url, 'deny')
    like(t, await refusal(authorizationCode.getTokenFromCodeRedirect(refused, sent)), { oauth2Code: 'access_denied' })
  })
}
