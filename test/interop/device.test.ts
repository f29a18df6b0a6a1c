import * as client from 'openid-client'
import t from 'tap'
import { startCommandLine } from '../examples/command-line.ts'
import { visitor } from '../visitor.ts'
import { statusOfItems } from './server.ts'

t.test('openid-client discovers the device flow, polls for tokens and refreshes them (RFC 8628)', async (t) => {
  const origin = await startCommandLine(t)
  const configuration = await client.discovery(new URL(origin), 'command-line', undefined, client.None(), {
    algorithm: 'oauth2',
    // Loopback has no certificate.
    execute: [client.allowInsecureRequests]
  })
  const codes = await client.initiateDeviceAuthorization(configuration, { scope: 'items:read' })
  t.equal(codes.verification_uri, `${origin}/device`)
  t.equal(codes.interval, 1)
  const polled = client.pollDeviceAuthorizationGrant(configuration, codes)
  const ada = visitor()
  await ada.logIn(String(codes.verification_uri_complete), 'ada')
  await ada.post(`${origin}/device`, { user_code: codes.user_code })
  await ada.post(`${origin}/device/decision`, { user_code: codes.user_code, decision: 'allow' })

  const tokens = await polled
  t.equal(tokens.scope, 'items:read')
  t.equal(await statusOfItems(origin, tokens.access_token), 200)
  const refreshed = await client.refreshTokenGrant(configuration, String(tokens.refresh_token))
  t.equal(await statusOfItems(origin, refreshed.access_token), 200)
})
