import * as oauth from 'oauth4webapi'
import type { Finding } from '../findings.ts'
import { BROWSER_ORIGIN, send } from './fetching.ts'
import { found } from './rules.ts'

/** The answer to a client without a token. */
export interface Challenge {
  readonly findings: readonly Finding[]
  /** The URL of the metadata of RFC 9728 that the challenge names. */
  readonly metadataUrl: string | undefined
}

const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'latchkey', version: '0' }
  }
})

/** Connects to an MCP server without a token, as each client does first. */
export async function challengeOf(server: URL): Promise<Challenge> {
  const answer = await send(server.href, {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      origin: BROWSER_ORIGIN
    },
    body: INITIALIZE
  })
  // Otherwise a stream of events would keep the connection.
  await answer.body?.cancel()
  if (answer.status !== 401) {
    const finding = `A request without a token gets the status ${answer.status} instead of 401`
    return { findings: [found('no-challenge', finding)], metadataUrl: undefined }
  }
  const bearer = await bearerChallenge(answer)
  if (bearer === undefined) {
    const finding = 'The answer 401 has no WWW-Authenticate header with the scheme Bearer'
    return { findings: [found('challenge-scheme', finding)], metadataUrl: undefined }
  }
  const { resource_metadata: metadataUrl } = bearer.parameters
  if (metadataUrl !== undefined) return { findings: [], metadataUrl }
  const finding = 'The challenge has no resource_metadata: clients have to guess the URL of the metadata'
  return { findings: [found('challenge-metadata', finding)], metadataUrl }
}

/** Parses the challenges with oauth4webapi, which throws them. */
async function bearerChallenge(answer: Response): Promise<oauth.WWWAuthenticateChallenge | undefined> {
  const url = new URL('https://resource.invalid')
  try {
    await oauth.protectedResourceRequest('none', 'GET', url, undefined, undefined, {
      [oauth.customFetch]: async () => new Response(null, { status: 401, headers: answer.headers })
    })
  } catch (error) {
    if (error instanceof oauth.WWWAuthenticateChallengeError)
      return error.cause.find(({ scheme }) => scheme === 'bearer')
  }
  return undefined
}
