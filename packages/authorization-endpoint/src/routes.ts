import type { FastifyInstance } from 'fastify'
import { authorize, type AuthorizeDependencies, continueRequest, decide } from './authorize.ts'
import { addBrowserRoutes, type BrowserHandler, prepareForBrowsers } from './browser-routes.ts'
import { readParameters } from './request/parameters.ts'

/** Adds the authorization endpoint and the consent page to a context of their own. */
export async function addRoutes(
  child: FastifyInstance,
  path: string,
  dependencies: AuthorizeDependencies
): Promise<void> {
  await prepareForBrowsers(child, dependencies.render)
  const ask: BrowserHandler = async (sent, request, reply) =>
    authorize(readParameters(sent), request, reply, dependencies)
  addBrowserRoutes(child, path, { GET: ask, POST: ask })
  addBrowserRoutes(child, `${path}/continue`, {
    GET: async (sent, request, reply) => continueRequest(idIn(sent), request, reply, dependencies),
    POST: async (sent, request, reply) => decide(idIn(sent), sent.get('decision'), request, reply, dependencies)
  })
}

function idIn(parameters: URLSearchParams): string {
  return parameters.get('id') ?? ''
}
