import formbody from '@fastify/formbody'
import { neverStored } from '@latchkey/guard'
import { PAGE_HEADERS } from '@latchkey/pages'
import type { FastifyInstance, FastifyRequest } from 'fastify'

const LARGEST_BODY = 16 * 1024

/**
 * Adds routes in a context of their own, which reads forms and JSON. So its parsers, headers and error handler affect no other
 * route.
 *
 * @param watch - is called with each request
 */
export async function formContext(
  app: FastifyInstance,
  watch: (request: FastifyRequest) => void,
  addRoutes: (child: FastifyInstance) => void
): Promise<void> {
  await app.register(async (child) => {
    child.removeAllContentTypeParsers()
    // A plain object would hide a repeated field. Cast: the type asks for a plain object.
    const parser = (text: string): never => new URLSearchParams(text) as never
    await child.register(formbody, { bodyLimit: LARGEST_BODY, parser })
    const json = { parseAs: 'string', bodyLimit: LARGEST_BODY } as const
    child.addContentTypeParser('application/json', json, child.getDefaultJsonParser('error', 'error'))
    child.addHook('onRequest', async (request, reply) => {
      watch(request)
      reply.headers(PAGE_HEADERS)
      // Also if a later hook of the application sets another `Cache-Control`.
      neverStored(reply)
    })
    addRoutes(child)
  })
}
