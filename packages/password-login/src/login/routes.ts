import formbody from '@fastify/formbody'
import { noAuthentication } from '@latchkey/guard'
import { loggedWithoutQuery, otherMethods, protocolRoute } from '@latchkey/guard/plugin'
import { type LoginPart, loginPage, PAGE_HEADERS } from '@latchkey/pages'
import type { FastifyContextConfig, FastifyInstance } from 'fastify'
import type { Asked } from './credentials.ts'
import { PasswordLoginError } from '../errors.ts'
import { documentation } from './documentation.ts'
import { errorAnswer } from './error-answer.ts'
import { type FormSettings, loginForm } from './form.ts'
import { type LoginDependencies, logIn } from './log-in.ts'
import { requireSameOrigin } from './same-origin.ts'

// The route checks its requests itself. It must work without a session, under any rules of the application.
const config: FastifyContextConfig = { access: noAuthentication, otherRules: 'ignored' }
const LARGEST_BODY = 16 * 1024
const logSerializers = { req: loggedWithoutQuery }

/** Adds the page and the route of the login to a separate context, so that its parsers and headers affect no other route. */
export async function addLoginRoutes(child: FastifyInstance, dependencies: LoginDependencies): Promise<void> {
  const { options, sessions, urls } = dependencies
  await addParsers(child)
  child.addHook('onRequest', async (_request, reply) => void reply.headers(PAGE_HEADERS))

  const settings: FormSettings = { ...options, action: urls.password, remember: options.rememberMe }
  const part: LoginPart = {
    order: 1,
    hasForm: true,
    render: (asked) => loginForm(settings, askedIn(asked), null)
  }
  const { page, isNew } = loginPage(child, urls.page)
  page.add(part)
  if (isNew) {
    const hidden: object = { hide: true }
    const route = { config, logSerializers, schema: hidden, exposeHeadRoute: false }
    child.get(options.loginPath, route, async (request, reply) => page.show(request, reply))
  }
  const errorHandler = errorAnswer((reply, asked, failed) =>
    page.send(reply, asked, part, loginForm(settings, asked, failed))
  )
  child.setErrorHandler(errorHandler)
  const route = { url: `${options.loginPath}/password`, config, logSerializers, errorHandler }
  protocolRoute(child, {
    ...route,
    method: 'POST',
    documentation: documentation(options),
    onRequest: async (request) => requireSameOrigin(request, options.origin, sessions),
    handler: async (request, reply) => logIn(request, reply, dependencies)
  })
  // A browser that shows the form again may ask for this address with GET.
  const notAllowed = (): PasswordLoginError => new PasswordLoginError('method_not_allowed')
  protocolRoute(child, { ...route, ...otherMethods(child, ['POST'], notAllowed) })
}

async function addParsers(child: FastifyInstance): Promise<void> {
  child.removeAllContentTypeParsers()
  // A plain object would hide a repeated field. Cast: the type asks for a plain object.
  const parser = (text: string): never => new URLSearchParams(text) as never
  await child.register(formbody, { bodyLimit: LARGEST_BODY, parser })
  const json = { parseAs: 'string', bodyLimit: LARGEST_BODY } as const
  child.addContentTypeParser('application/json', json, child.getDefaultJsonParser('error', 'error'))
}

/** Returns the parameters of a query. A repeated one counts as left out. */
function askedIn(query: unknown): Asked {
  const { returnTo, prompt } = query as Readonly<Record<string, unknown>> // parsers return objects
  return {
    returnTo: typeof returnTo === 'string' ? returnTo : undefined,
    prompt: typeof prompt === 'string' ? prompt : undefined
  }
}
