import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as oauth from 'oauth4webapi'

const SLOWER = 5

/** Logs its user in by a browser on any device, and returns their items. */
export async function readItems(issuer: URL, print: (line: string) => void): Promise<unknown> {
  // Loopback has no certificate; oauth4webapi asks for https everywhere else.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the tag makes this stand out
  const http = { [oauth.allowInsecureRequests]: issuer.protocol === 'http:' }
  const client: oauth.Client = { client_id: 'command-line' }
  const discovery = await oauth.discoveryRequest(issuer, { ...http, algorithm: 'oauth2' })
  const server = await oauth.processDiscoveryResponse(issuer, discovery)
  const asked = await oauth.deviceAuthorizationRequest(server, client, oauth.None(), { scope: 'items:read' }, http)
  const codes = await oauth.processDeviceAuthorizationResponse(server, client, asked)
  print(`Open ${codes.verification_uri} and enter ${codes.user_code}`)
  print(`Or open ${codes.verification_uri_complete}`)

  const token = await poll(codes.interval ?? 5)
  const items = await oauth.protectedResourceRequest(token, 'GET', new URL('/items', issuer), undefined, null, http)
  return items.json()

  async function poll(interval: number): Promise<string> {
    await delay(interval * 1000)
    const answer = await oauth.deviceCodeGrantRequest(server, client, oauth.None(), codes.device_code, http)
    try {
      return (await oauth.processDeviceCodeResponse(server, client, answer)).access_token
    } catch (error) {
      if (!(error instanceof oauth.ResponseBodyError)) throw error
      if (error.error === 'authorization_pending') return poll(interval)
      if (error.error === 'slow_down') return poll(interval + SLOWER)
      throw error
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const issuer = new URL(process.env.ISSUER ?? 'http://localhost:3000')
  console.log(await readItems(issuer, (line) => console.log(line)))
}
