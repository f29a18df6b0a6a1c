import { isProtectedUrl, parseUrl } from '@latchkey/options'
import { CommandError } from '../command-error.ts'
import { type Finding, report } from '../findings.ts'
import { authorizationServer } from './authorization-server.ts'
import { challengeOf } from './challenge.ts'
import { allowsPost, type Fetched, fetchDocument, isOpen, texts } from './fetching.ts'
import { found } from './rules.ts'

/** How many authorization servers are examined: a hostile document may name any number. */
const MOST_ISSUERS = 5

/** Walks the discovery of an MCP server, and prints what a client would find wrong. Returns the exit code. */
export async function mcp(given: string, { json = false }: { readonly json?: boolean }): Promise<number> {
  const url = parseUrl(given)
  if (url === null || !isProtectedUrl(url)) {
    throw new CommandError('the URL must be https, or http on a loopback host such as localhost')
  }
  return report(await examine(url), 'MCP clients find nothing wrong.', json)
}

async function examine(server: URL): Promise<readonly Finding[]> {
  const { findings, metadataUrl } = await challengeOf(server)
  const fetched = await metadataOf(server, metadataUrl)
  if ('fault' in fetched) {
    return [...findings, found('resource-metadata', `The protected resource metadata cannot be used: ${fetched.fault}`)]
  }
  const { document, headers } = fetched
  const issuers = texts(document['authorization_servers'])
  const others = await Promise.all(issuers.slice(0, MOST_ISSUERS).map(authorizationServer))
  return [
    ...findings,
    ...checkResource(server, document['resource']),
    ...(issuers.length > 0 ? [] : [found('authorization-servers', 'The metadata names no authorization server')]),
    ...(isOpen(headers)
      ? []
      : [found('cors-metadata', 'Clients in a browser cannot read the protected resource metadata')]),
    ...others.flat(),
    ...((await allowsPost(server.href, 'authorization, content-type, mcp-protocol-version'))
      ? []
      : [found('cors-mcp', 'Clients in a browser cannot connect to the MCP server itself')])
  ]
}

// The URL of the challenge, or else the two that clients guess: with the path of the server, and without.
async function metadataOf({ origin, pathname }: URL, named: string | undefined): Promise<Fetched> {
  if (named !== undefined) return fetchDocument(named)
  const wellKnown = `${origin}/.well-known/oauth-protected-resource`
  const first = await fetchDocument(wellKnown + pathname.replace(/\/$/, ''))
  return 'document' in first ? first : fetchDocument(wellKnown)
}

function checkResource(server: URL, resource: unknown): readonly Finding[] {
  const url = typeof resource === 'string' ? parseUrl(resource) : null
  // Clients accept the server itself, and a resource that contains it.
  const covers = url?.origin === server.origin && `${server.pathname}/`.startsWith(url.pathname.replace(/\/?$/, '/'))
  return covers
    ? []
    : [found('resource-identifier', `The resource in the metadata is ${JSON.stringify(resource)}, not this server`)]
}
