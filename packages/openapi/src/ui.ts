import swaggerUi from '@fastify/swagger-ui'
import {
  type AccessRule,
  answerAsProtocol,
  InvalidOptionError,
  noAuthentication,
  sendProtocolAnswer
} from '@latchkey/guard'
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { contentSecurityPolicy, NOTHING_ALLOWED } from './content-security-policy.ts'
import type { InitOAuth, UiConfig } from './ui-options.ts'

/** What Swagger UI is mounted with, once the options are checked. */
export interface Ui {
  readonly prefix: string
  readonly access: AccessRule | undefined
  readonly uiConfig: UiConfig | undefined
  readonly initOAuth: InitOAuth | undefined
}

/** Mounts Swagger UI and the document that it shows, in a context of their own. */
export async function mountUi(app: FastifyInstance, { prefix, access, uiConfig, initOAuth }: Ui): Promise<void> {
  await app.register(async (docs) => {
    const config: FastifyContextConfig = access ? { access } : { access: noAuthentication, otherRules: 'preferred' }
    let policy: string | undefined
    const documents = documentsAt(docs.prefix + prefix, docs)
    docs.addHook('onRoute', (options) => {
      options.config = { ...options.config, ...config }
      const document = documents.get(options.url)
      if (document !== undefined) answerAsProtocol(options, document)
    })
    docs.addHook('onReady', async () => {
      if (access === undefined || isOpen(access) || docs.hasDecorator('guard')) return
      throw new InvalidOptionError(
        '@latchkey/openapi',
        'access',
        'needs a guard to enforce it: register @latchkey/guard'
      )
    })
    docs.addHook('onRequest', async (_request, reply) => {
      policy ??= contentSecurityPolicy(docs.swagger())
      reply.header('content-security-policy', policy)
    })
    // After every onRequest hook: a guard may be registered later than this.
    docs.addHook('preHandler', toOwnAddress)
    docs.addHook('onSend', setHeaders)
    await docs.register(swaggerUi, {
      routePrefix: prefix,
      // Without the bar that loads any document there is.
      uiConfig: { ...uiConfig, layout: 'BaseLayout', persistAuthorization: false },
      initOAuth: { ...initOAuth, usePkceWithAuthorizationCodeGrant: true }
    })
  })
}

function isOpen({ kind }: AccessRule): boolean {
  return kind === 'everyone' || kind === 'noAuthentication'
}

/** What answers with the document itself, whatever the application does to the answers of its own routes. */
function documentsAt(path: string, docs: FastifyInstance): ReadonlyMap<string, RouteHandlerMethod> {
  return new Map<string, RouteHandlerMethod>([
    [`${path}/json`, async (_request, reply) => sendProtocolAnswer(reply, { body: docs.swagger() })],
    [
      `${path}/yaml`,
      async (_request, reply) => {
        const headers = { 'content-type': 'application/x-yaml' }
        return sendProtocolAnswer(reply, { headers, body: docs.swagger({ yaml: true }) })
      }
    ]
  ])
}

async function toOwnAddress(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const page = request.server.prefix
  if (request.routeOptions.url !== page) return
  // The page finds its files and its document relative to its address, so that has to end in a slash.
  if (/^[^?]*\/$/.test(request.url)) return
  return reply.redirect(/^[^?]*\/\?/.test(request.url) ? './' : `./${page.slice(page.lastIndexOf('/') + 1)}/`)
}

async function setHeaders(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  // The answer to an authorization comes back to a popup, which a stricter policy would cut off from its opener.
  const popup = /^[^?]*\/oauth2-redirect\.html(?:\?|$)/.test(request.url)
  reply.headers({
    'content-security-policy': reply.getHeader('content-security-policy') ?? NOTHING_ALLOWED,
    'cross-origin-opener-policy': popup ? 'unsafe-none' : 'same-origin-allow-popups',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff'
  })
}
