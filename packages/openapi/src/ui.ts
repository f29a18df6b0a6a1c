import { type AccessRule, noAuthentication } from '@latchkey/guard'
import { answerAsProtocol, pathIn, type ProtocolAnswer, sendProtocolAnswer } from '@latchkey/guard/plugin'
import { RegistrationError } from '@latchkey/options'
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { contentSecurityPolicy, NOTHING_ALLOWED } from './content-security-policy.ts'
import type { ResolvedOptions } from './options.ts'

/** Mounts Swagger UI and its document, in a separate context. */
export async function mountUi(
  app: FastifyInstance,
  prefix: string,
  { access, uiConfig, initOAuth }: Pick<ResolvedOptions, 'access' | 'uiConfig' | 'initOAuth'>
): Promise<void> {
  await app.register(async (docs) => {
    const config: FastifyContextConfig = access ? { access } : { access: noAuthentication, otherRules: 'preferred' }
    let policy: string | undefined
    const documents = documentsAt(pathIn(docs, prefix), docs)
    docs.addHook('onRoute', (options) => {
      options.config = { ...options.config, ...config }
      const document = documents.get(options.url)
      if (!document) return
      answerAsProtocol(options, async (_request, reply) => sendProtocolAnswer(reply, document()))
    })
    docs.addHook('onReady', async () => {
      if (access === undefined || isOpen(access) || docs.hasDecorator('guard')) return
      throw new RegistrationError(
        '@latchkey/openapi',
        'access needs a guard to enforce it. Fix: register @latchkey/guard'
      )
    })
    docs.addHook('onRequest', async (_request, reply) => {
      policy ??= contentSecurityPolicy(docs.swagger())
      reply.header('content-security-policy', policy)
    })
    // After every onRequest hook, because a guard may be registered later.
    docs.addHook('preHandler', toOwnAddress)
    docs.addHook('onSend', setHeaders)
    // Loaded on use: many servers only publish the document.
    await docs.register(import('@fastify/swagger-ui'), {
      routePrefix: prefix,
      // Removes the bar that loads any document.
      uiConfig: { ...uiConfig, layout: 'BaseLayout', persistAuthorization: false },
      initOAuth: { ...initOAuth, usePkceWithAuthorizationCodeGrant: true }
    })
  })
}

function isOpen({ kind }: AccessRule): boolean {
  return kind === 'everyone' || kind === 'noAuthentication'
}

/** The answers that are the document itself. The application's serializers and hooks do not change them. */
function documentsAt(path: string, docs: FastifyInstance): ReadonlyMap<string, () => ProtocolAnswer> {
  const headers = { 'content-type': 'application/x-yaml' }
  return new Map<string, () => ProtocolAnswer>([
    [`${path}/json`, () => ({ body: docs.swagger() })],
    [`${path}/yaml`, () => ({ headers, body: docs.swagger({ yaml: true }) })]
  ])
}

async function toOwnAddress(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const page = request.server.prefix
  if (request.routeOptions.url !== page) return
  // The page loads its files and its document relative to its URL, so the URL must end in a slash.
  if (/^[^?]*\/$/.test(request.url)) return
  return reply.redirect(/^[^?]*\/\?/.test(request.url) ? './' : `./${page.slice(page.lastIndexOf('/') + 1)}/`)
}

async function setHeaders(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  // The authorization response comes to a popup. A stricter policy would separate it from the page that opened it.
  const popup = /^[^?]*\/oauth2-redirect\.html(?:\?|$)/.test(request.url)
  reply.headers({
    'content-security-policy': reply.getHeader('content-security-policy') ?? NOTHING_ALLOWED,
    'cross-origin-opener-policy': popup ? 'unsafe-none' : 'same-origin-allow-popups',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff'
  })
}
