import type { ScopeDescriptions } from '@latchkey/guard'
import type { Client } from '@latchkey/token-endpoint'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type NextStepDependencies, nextStep, sameScopes, type Step } from './next-step.ts'
import type { AuthorizationCodes } from './code/codes.ts'
import { consentPage } from './consent-page.ts'
import { AuthorizationError, AuthorizationPageError } from './errors.ts'
import { tellAuthorization } from './events.ts'
import { type RenderPage, sendAuthorizationPage } from './pages.ts'
import type { Parameters } from './request/parameters.ts'
import { type ReadDependencies, readRequest } from './request/authorization-request.ts'
import { hostOf, redirectUriOf, sourceOf } from './request/redirect-uri.ts'
import type { AuthorizationRequest, Destination } from './request/request-checks.ts'
import { sessionHash, type StoredRequest, type WaitingRequest, type WaitingRequests } from './request/waiting.ts'
import type { CountRequest } from './request-limit.ts'
import { answerClient, errorMembers, wayBackTo } from './response.ts'
import { type CodeTimes, type Sessions, timeOfCodeFor, userOf } from './session.ts'

export interface AuthorizeDependencies extends NextStepDependencies, ReadDependencies, CodeTimes {
  readonly issuer: string
  readonly codes: AuthorizationCodes
  readonly waiting: WaitingRequests
  readonly sessions: Sessions
  /** The descriptions of scopes. */
  readonly scopes: ScopeDescriptions
  readonly loginPath: string
  /** The path where a waiting request continues. */
  readonly continuePath: string
  readonly render: RenderPage | undefined
  /** Whether a client registered itself, or has a metadata document: the operator of the server does not know it. */
  readonly describesItself: (client: Client) => boolean
  /** Counts a request of the authorization endpoint. */
  readonly count: CountRequest
  /** Counts a request with `prompt=none` of a browser without a user: apps send them without being asked to. */
  readonly countSilent: CountRequest
  /** Counts a request of the page where a waiting request continues. */
  readonly countContinued: CountRequest
}

/**
 * Answers an authorization request: with a code or an error for the client, or by sending the browser to the next step.
 *
 * @see [RFC 6749 §4.1.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1)
 */
export async function authorize(
  parameters: Parameters,
  request: FastifyRequest,
  reply: FastifyReply,
  dependencies: AuthorizeDependencies
): Promise<FastifyReply> {
  const user = userOf(request, dependencies.sessions)
  const isSilent = parameters.values.get('prompt') === 'none'
  if (user === null && isSilent) await dependencies.countSilent(request)
  else await dependencies.count(request, user?.session.subject)
  const read = await readRequest(parameters, dependencies)
  const { client } = read
  if ('error' in read) {
    // A client that describes itself gets nothing before the user logs in (RFC 9700 §4.11.2).
    if (user === null && !isSilent && dependencies.describesItself(client)) {
      const { error } = read
      const refusal = { error: error.error, description: error.message }
      throw new AuthorizationPageError(({ faultyRequest }) => faultyRequest(refusal), { cause: error })
    }
    return refuse(read.error, client, read.destination, request, reply, dependencies)
  }
  const waiting: WaitingRequest = {
    request: read.request,
    sessionBefore: user && sessionHash(user.session.id),
    question: null
  }
  try {
    const step = await nextStep(waiting, client, user, dependencies)
    if (step.kind === 'grant') return await grant(step, client, read.request, request, reply, dependencies)
    const id = await dependencies.waiting.keep(waiting)
    const url =
      step.kind === 'login' ? hintedLoginUrl(id, step, read.request, dependencies) : continueUrl(id, dependencies)
    return await reply.redirect(url, 303)
  } catch (error) {
    if (!(error instanceof AuthorizationError)) throw error
    return refuse(error, client, read.request, request, reply, dependencies)
  }
}

/** Continues a waiting request: after a login, or to ask the user. */
export async function continueRequest(
  id: string,
  request: FastifyRequest,
  reply: FastifyReply,
  dependencies: AuthorizeDependencies
): Promise<FastifyReply> {
  return resume(id, request, reply, dependencies, async (stored, client) => {
    const step = await nextStep(stored, client, userOf(request, dependencies.sessions), dependencies)
    if (step.kind === 'login') return reply.redirect(hintedLoginUrl(id, step, stored.request, dependencies), 303)
    if (step.kind === 'consent') return askUser(id, stored, step, client, reply, dependencies)
    await take(stored, dependencies)
    return grant(step, client, stored.request, request, reply, dependencies)
  })
}

/**
 * Takes the user's decision. It counts once, for the session that was asked and for the scopes that the page named; otherwise
 * the user is asked again.
 */
export async function decide(
  id: string,
  decision: string | null,
  request: FastifyRequest,
  reply: FastifyReply,
  dependencies: AuthorizeDependencies
): Promise<FastifyReply> {
  return resume(id, request, reply, dependencies, async (stored, client) => {
    const user = userOf(request, dependencies.sessions)
    const isAsked = user !== null && stored.question?.session === sessionHash(user.session.id)
    if (!isAsked || (decision !== 'allow' && decision !== 'deny')) return askAgain()
    const { clientId, clientName = clientId } = client
    const { subject } = user.session
    if (decision === 'deny') {
      await take(stored, dependencies)
      const denied = { kind: 'denied', clientId, subject } as const
      tellAuthorization(denied, { log: request.log, message: 'A user refused a consent' })
      const error = new AuthorizationError('access_denied', 'The user refused')
      return answerClient(reply, dependencies.issuer, stored.request, errorMembers(error))
    }
    const step = await nextStep(stored, client, user, dependencies)
    // Less may be allowed meanwhile, or the user may have to log in again.
    if (step.kind === 'login' || !sameScopes(stored.question.scopes, step.scopes)) return askAgain()
    await take(stored, dependencies)
    const { resources } = stored.request
    await dependencies.consents.add({ subject, clientId, clientName, resources, scopes: step.scopes })
    return grant(step, client, stored.request, request, reply, dependencies)
  })

  function askAgain(): FastifyReply {
    return reply.redirect(continueUrl(id, dependencies), 303)
  }
}

/** Takes a step of a waiting request. A refusal ends the request, and goes to its client. */
async function resume(
  id: string,
  request: FastifyRequest,
  reply: FastifyReply,
  dependencies: AuthorizeDependencies,
  step: (stored: StoredRequest, client: Client) => Promise<FastifyReply>
): Promise<FastifyReply> {
  await dependencies.countContinued(request, userOf(request, dependencies.sessions)?.session.subject)
  const stored = await dependencies.waiting.find(id)
  if (stored === null) throw gone()
  const client = await clientOf(stored.request, dependencies)
  try {
    return await step(stored, client)
  } catch (error) {
    if (!(error instanceof AuthorizationError)) throw error
    await take(stored, dependencies)
    return refuse(error, client, stored.request, request, reply, dependencies)
  }
}

async function grant(
  { scopes, user }: Pick<Extract<Step, { kind: 'grant' }>, 'scopes' | 'user'>,
  client: Client,
  asked: AuthorizationRequest,
  request: FastifyRequest,
  reply: FastifyReply,
  dependencies: AuthorizeDependencies
): Promise<FastifyReply> {
  const { codes, consents, issuer } = dependencies
  const { clientId } = client
  const { redirectUri, namesRedirectUri, codeChallenge, resources } = asked
  const { subject, authenticatedAt } = user.session
  const binding = { clientId, redirectUri, namesRedirectUri, codeChallenge, resources, subject, scopes }
  const issuedAt = await timeOfCodeFor(user.session, dependencies)
  if (issuedAt === null) {
    const ended = new AuthorizationError('login_required', 'The session has ended')
    return refuse(ended, client, asked, request, reply, dependencies)
  }
  const code = await codes.issue({ ...binding, authenticatedAt: authenticatedAt ?? 0, issuedAt })
  // A withdrawal removes the consent first, and then the codes. So either it finds this code, or its effect is seen here.
  if (client.isFirstParty !== true && !(await consents.covers({ subject, clientId, resources, scopes }))) {
    await codes.removeOf(subject, clientId)
    const error = new AuthorizationError('access_denied', 'The user withdrew the consent')
    return refuse(error, client, asked, request, reply, dependencies)
  }
  tellAuthorization(
    { kind: 'granted', clientId, subject, scopes },
    { log: request.log, message: 'A client got an authorization code' }
  )
  return answerClient(reply, issuer, asked, { code })
}

async function askUser(
  id: string,
  stored: StoredRequest,
  { asked, scopes, user }: Extract<Step, { kind: 'consent' }>,
  client: Client,
  reply: FastifyReply,
  dependencies: AuthorizeDependencies
): Promise<FastifyReply> {
  const { waiting, scopes: descriptions, render, continuePath } = dependencies
  const session = sessionHash(user.session.id)
  const isAsked = stored.question?.session === session && sameScopes(stored.question.scopes, scopes)
  // Another tab was faster. The page is loaded again.
  if (!isAsked && !(await waiting.ask(stored, { session, scopes })))
    return reply.redirect(continueUrl(id, dependencies), 303)
  const { redirectUri } = stored.request
  return sendAuthorizationPage(
    reply,
    consentPage({
      client,
      redirectHost: hostOf(redirectUri),
      principal: user.principal,
      asked,
      scopes,
      descriptions,
      form: { action: continuePath, fields: { id } },
      switchUserUrl: loginUrl(id, { prompt: 'select_account' }, dependencies)
    }),
    render,
    ["'self'", sourceOf(redirectUri)]
  )
}

/**
 * Sends the browser back with an error. Anybody could have made a client that describes itself, and a fault, so that a link to
 * this server leads to their website. There the user decides (RFC 9700 §4.11.2). A client on the user's device gets the error.
 *
 * @throws AuthorizationPageError if the user must decide
 */
function refuse(
  error: AuthorizationError,
  client: Client,
  destination: Destination,
  { log }: FastifyRequest,
  reply: FastifyReply,
  { issuer, describesItself }: AuthorizeDependencies
): FastifyReply {
  const host = hostOf(destination.redirectUri)
  if (host !== null && describesItself(client)) {
    const back = wayBackTo(host, issuer, destination, errorMembers(error))
    const refusal = { error: error.error, description: error.message }
    throw new AuthorizationPageError(({ refused: sentence }) => sentence(refusal), { back, cause: error })
  }
  const refused = { kind: 'refused', clientId: client.clientId, code: error.error, statusCode: 303 } as const
  tellAuthorization(refused, { log, message: 'An authorization request was refused' })
  return answerClient(reply, issuer, destination, errorMembers(error))
}

async function take(stored: StoredRequest, { waiting }: AuthorizeDependencies): Promise<void> {
  if (!(await waiting.take(stored))) throw gone()
}

/** The client may have been removed, or have lost its redirect URI, while the user logged in. */
async function clientOf(
  { clientId, redirectUri }: AuthorizationRequest,
  { findClient }: AuthorizeDependencies
): Promise<Client> {
  const client = await findClient(clientId)
  if (client !== undefined && redirectUriOf(redirectUri, client) !== null) return client
  throw new AuthorizationPageError(({ appGone }) => appGone)
}

/** Makes the error for a request that was answered before. */
export function gone(): AuthorizationPageError {
  return new AuthorizationPageError(({ answered }) => answered, { statusCode: 410 })
}

/** The URL of the login for a redirect. The hint is never in a page: the client chose its text. */
function hintedLoginUrl(
  id: string,
  step: Pick<Extract<Step, { kind: 'login' }>, 'prompt'>,
  { loginHint }: AuthorizationRequest,
  dependencies: AuthorizeDependencies
): string {
  const url = loginUrl(id, step, dependencies)
  return loginHint === null ? url : `${url}&${new URLSearchParams({ login_hint: loginHint }).toString()}`
}

function loginUrl(
  id: string,
  { prompt }: Pick<Extract<Step, { kind: 'login' }>, 'prompt'>,
  dependencies: AuthorizeDependencies
): string {
  const returnTo = encodeURIComponent(continueUrl(id, dependencies))
  return `${dependencies.loginPath}?returnTo=${returnTo}${prompt === null ? '' : `&prompt=${prompt}`}`
}

function continueUrl(id: string, { continuePath }: AuthorizeDependencies): string {
  return `${continuePath}?id=${id}`
}
