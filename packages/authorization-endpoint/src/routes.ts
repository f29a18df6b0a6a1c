import type { FastifyInstance } from 'fastify'
import { authorize, type AuthorizeDependencies, continueRequest, decide } from './authorize.ts'
import { browserRoute, formOf, prepareForBrowsers, queryOf, refuseOtherMethods } from './browser-routes.ts'
import { readParameters } from './request/parameters.ts'

/** Adds the authorization endpoint and the consent page to a context of their own. */
export async function addRoutes(
  child: FastifyInstance,
  path: string,
  dependencies: AuthorizeDependencies
): Promise<void> {
  await prepareForBrowsers(child, dependencies.render)
  child.get(path, browserRoute, async (request, reply) =>
    authorize(readParameters(queryOf(request)), request, reply, dependencies)
  )
  child.post(path, browserRoute, async (request, reply) =>
    authorize(readParameters(formOf(request)), request, reply, dependencies)
  )
  const continuing = `${path}/continue`
  child.get(continuing, browserRoute, async (request, reply) =>
    continueRequest(idIn(queryOf(request)), request, reply, dependencies)
  )
  child.post(continuing, browserRoute, async (request, reply) => {
    const form = formOf(request)
    return decide(idIn(form), form.get('decision'), request, reply, dependencies)
  })
  for (const url of [path, continuing]) refuseOtherMethods(child, url, ['GET', 'POST'])
}

function idIn(parameters: URLSearchParams): string {
  return parameters.get('id') ?? ''
}
