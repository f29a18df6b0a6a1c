import { noAuthentication } from '@latchkey/guard'
import { loggedWithoutQuery, otherMethods, protocolRoute } from '@latchkey/guard/plugin'
import { type LoginPart, loginPage, textsFor } from '@latchkey/pages'
import type { FastifyContextConfig, FastifyInstance } from 'fastify'
import type { PasswordAttempts } from '@latchkey/passwords'
import type { Account } from '../account/account.ts'
import type { AccountPaths } from '../account/paths.ts'
import { requireVerified } from '../account/verify-email.ts'
import { typedIn } from '../body.ts'
import { errorAnswer } from '../error-answer.ts'
import { PasswordLoginError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { requireSameOrigin } from '../same-origin.ts'
import type { Sessions } from '../session.ts'
import { startSession } from '../start-session.ts'
import { verified } from '../verified.ts'
import { type Asked, submissionOf } from './credentials.ts'
import { documentation } from './documentation.ts'
import { type FormSettings, loginForm } from './form.ts'

// The route checks its requests itself. It must work without a session, under any rules of the application.
const config: FastifyContextConfig = { access: noAuthentication, otherRules: 'ignored' }
const logSerializers = { req: loggedWithoutQuery }

/** The parts of a server that the login is made of. */
export interface LoginDependencies {
  readonly options: ResolvedOptions
  readonly sessions: Sessions
  readonly attempts: PasswordAttempts
  readonly paths: AccountPaths
  /** The path that the form is posted to, with its prefix. */
  readonly url: string
  readonly account: Account | null
}

/** Adds the page and the route of the login to a context of `formContext()`. */
export function addLoginRoutes(child: FastifyInstance, dependencies: LoginDependencies): void {
  const { options, sessions, attempts, paths, url, account } = dependencies
  const settings: FormSettings = { ...options, action: url, remember: options.rememberMe, paths }
  const part: LoginPart = {
    order: 1,
    hasForm: true,
    render: (asked, texts) => loginForm(settings, askedIn(asked), null, texts),
    renderPage: options.render
  }
  const { page, isNew } = loginPage(child, paths.login)
  page.add(part)
  if (isNew) {
    const hidden: object = { hide: true }
    const route = { config, logSerializers, schema: hidden, exposeHeadRoute: false }
    child.get(options.loginPath, route, async (request, reply) => page.show(request, reply))
  }
  const errorHandler = errorAnswer((request, reply, fault) => {
    const typed = typedIn(request)
    const { username = '', remember } = typed
    // Without a body, such as with another method, the page is as it was at first.
    const isRemembered = request.body instanceof URLSearchParams ? remember !== undefined : null
    const form = loginForm(settings, typed, { fault, username, isRemembered }, textsFor(request))
    return page.send(reply, typed, part, form)
  })
  child.setErrorHandler(errorHandler)
  const route = { url: `${options.loginPath}/password`, config, logSerializers, errorHandler }
  protocolRoute(child, {
    ...route,
    method: 'POST',
    documentation: documentation(options),
    onRequest: async (request) => requireSameOrigin(request, options.origin, sessions),
    async handler(request, reply) {
      const { credentials, ...choices } = submissionOf(request)
      const user = await verified(attempts, credentials, request)
      if (account !== null) await requireVerified(account, user, request, choices.returnTo)
      return startSession(request, reply, user, choices, options)
    }
  })
  // A browser that shows the form again may ask for this address with GET.
  const notAllowed = (): PasswordLoginError => new PasswordLoginError('method_not_allowed')
  protocolRoute(child, { ...route, ...otherMethods(child, ['POST'], notAllowed) })
}

/** Returns the parameters of a query. A repeated one counts as left out. */
function askedIn(query: unknown): Asked {
  const { returnTo, prompt } = query as Readonly<Record<string, unknown>> // parsers return objects
  return {
    returnTo: typeof returnTo === 'string' ? returnTo : undefined,
    prompt: typeof prompt === 'string' ? prompt : undefined
  }
}
