import { textsFor } from '@latchkey/pages'
import type { Client } from '@latchkey/token-endpoint'
import type { Throttle } from '@latchkey/throttle'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sameScopes, scopesFor } from '../next-step.ts'
import { type AuthorizeDependencies, gone } from '../authorize.ts'
import { consentPage } from '../consent-page.ts'
import { AuthorizationError, AuthorizationPageError } from '../errors.ts'
import { tellAuthorization } from '../events.ts'
import { sendAuthorizationPage } from '../pages.ts'
import { sessionHash } from '../request/waiting.ts'
import { timeOfCodeFor, type User, userOf } from '../session.ts'
import type { DeviceCodes, DeviceRequest, StoredDevice, StoredUserCode } from './codes.ts'
import type { Decisions } from './decisions.ts'
import { DEVICE_CODE } from './grant.ts'
import { readUserCode } from './user-code.ts'

export interface DevicePageDependencies extends AuthorizeDependencies {
  readonly deviceCodes: DeviceCodes
  readonly decisions: Decisions
  /** Counts wrong user codes. */
  readonly guesses: Throttle
  /** The path of the page that asks for the code. */
  readonly pagePath: string
  /** The path that takes the decision. */
  readonly decisionPath: string
}

/** A code that a user entered. */
interface FoundCode {
  readonly userCode: string
  readonly stored: StoredUserCode
}

const FORM_TARGETS = ["'self'"]

/** Asks a logged-in user for the code of a device. Does not look the code of the URL up: the user must press the button. */
export async function askForCode(
  typed: string,
  request: FastifyRequest,
  reply: FastifyReply,
  dependencies: DevicePageDependencies
): Promise<FastifyReply> {
  if (userOf(request, dependencies.sessions) === null) return reply.redirect(loginUrl(typed, dependencies), 303)
  return showForm(readUserCode(typed) ?? '', null, reply, dependencies)
}

/** Takes the code that a user typed, and asks the user whether the client may act for them, also after earlier consents. */
export async function enterCode(
  typed: string,
  request: FastifyRequest,
  reply: FastifyReply,
  dependencies: DevicePageDependencies
): Promise<FastifyReply> {
  const user = userOf(request, dependencies.sessions)
  if (user === null) return reply.redirect(loginUrl(typed, dependencies), 303)
  const guess = { account: user.session.subject, request }
  const found = await dependencies.guesses.attempt(guess, async () => findUndecided(typed, dependencies))
  if (found === null) return showForm(typed, 'unknown', reply, dependencies)
  try {
    return await askUser(found, user, reply, dependencies)
  } catch (error) {
    if (!(error instanceof AuthorizationError)) throw error
    return showForm(typed, 'nothing', reply, dependencies)
  }
}

/**
 * Takes the user's decision. It counts once, for the session that was asked and for the scopes that the page named; otherwise
 * the user must enter the code again. The answer does not show whether a code that was not asked about exists.
 */
export async function decideDevice(
  typed: string,
  answer: string | null,
  request: FastifyRequest,
  reply: FastifyReply,
  dependencies: DevicePageDependencies
): Promise<FastifyReply> {
  const user = userOf(request, dependencies.sessions)
  const userCode = readUserCode(typed)
  const stored = userCode === null ? null : await dependencies.deviceCodes.findByUserCode(userCode)
  const isAsked = user !== null && stored?.question?.session === sessionHash(user.session.id)
  if (!isAsked || (answer !== 'allow' && answer !== 'deny')) {
    return reply.redirect(pageUrl(typed, dependencies), 303)
  }
  const client = await clientOf(stored.device.content, dependencies)
  const isAllowed = answer === 'allow'
  const scopes = isAllowed ? await scopesNow(stored.device, client, user, dependencies) : []
  // Less may be allowed meanwhile.
  if (isAllowed && !sameScopes(stored.question.scopes, scopes)) {
    return reply.redirect(pageUrl(typed, dependencies), 303)
  }
  await keep(isAllowed, scopes, stored.device, client, user, dependencies)
  const { clientId, clientName = clientId } = client
  const { subject } = user.session
  const event = isAllowed
    ? ({ kind: 'granted', clientId, subject, scopes } as const)
    : ({ kind: 'denied', clientId, subject } as const)
  tellAuthorization(event, {
    log: request.log,
    message: isAllowed ? 'A user allowed a device' : 'A user refused a device'
  })
  return sendAuthorizationPage(reply, { kind: 'device', client: clientName, isAllowed }, dependencies.render)
}

/** The client may have been removed, or have lost the grant type, since the device got its codes. */
async function clientOf({ clientId }: DeviceRequest, { findClient }: DevicePageDependencies): Promise<Client> {
  const client = await findClient(clientId)
  if (client?.grantTypes.includes(DEVICE_CODE) === true) return client
  throw new AuthorizationPageError(({ deviceAppGone }) => deviceAppGone)
}

async function keep(
  isAllowed: boolean,
  scopes: readonly string[],
  device: StoredDevice,
  { clientId, clientName = clientId }: Client,
  { session }: User,
  dependencies: DevicePageDependencies
): Promise<void> {
  const { decisions, consents } = dependencies
  const { subject, authenticatedAt } = session
  const decidedAt = await timeOfCodeFor(session, dependencies)
  if (decidedAt === null) throw gone()
  const decision = { subject, scopes, authenticatedAt: authenticatedAt ?? 0, decidedAt }
  const stored = await decisions.add(device, { ...decision, state: isAllowed ? 'pending' : 'denied' })
  if (stored === null) throw gone()
  if (!isAllowed) return
  const { resources } = device.content
  // Between the two, so that no device has access without a consent in the list, also if it is withdrawn at this moment.
  await consents.add({ subject, clientId, clientName, resources, scopes })
  if (!(await decisions.confirm(stored))) throw gone()
}

async function findUndecided(
  typed: string,
  { deviceCodes, decisions }: DevicePageDependencies
): Promise<FoundCode | null> {
  const userCode = readUserCode(typed)
  const stored = userCode === null ? null : await deviceCodes.findByUserCode(userCode)
  if (userCode === null || stored === null) return null
  return (await decisions.find(stored.device)) === null ? { userCode, stored } : null
}

async function askUser(
  { userCode, stored }: FoundCode,
  user: User,
  reply: FastifyReply,
  dependencies: DevicePageDependencies
): Promise<FastifyReply> {
  const { deviceCodes, scopes: descriptions, decisionPath, render } = dependencies
  const { content } = stored.device
  const client = await clientOf(content, dependencies)
  const { scopes, asked } = await scopesFor({ ...content, prompt: [], redirectUri: null }, client, user, dependencies)
  await deviceCodes.ask(stored, { session: sessionHash(user.session.id), scopes })
  const page = consentPage({
    client,
    redirectHost: null,
    device: { userCode },
    principal: user.principal,
    asked: asked ?? (client.isFirstParty === true ? scopes : []),
    scopes,
    descriptions,
    form: { action: decisionPath, fields: { user_code: userCode } },
    switchUserUrl: `${loginUrl(userCode, dependencies)}&prompt=select_account`
  })
  return sendAuthorizationPage(reply, page, render, FORM_TARGETS)
}

/** Returns the scopes that the user can give now. */
async function scopesNow(
  { content }: StoredDevice,
  client: Client,
  user: User,
  dependencies: DevicePageDependencies
): Promise<readonly string[]> {
  try {
    return (await scopesFor({ ...content, prompt: [], redirectUri: null }, client, user, dependencies)).scopes
  } catch (error) {
    if (!(error instanceof AuthorizationError)) throw error
    return []
  }
}

function showForm(
  userCode: string,
  error: 'unknown' | 'nothing' | null,
  reply: FastifyReply,
  { pagePath, render }: DevicePageDependencies
): FastifyReply {
  if (error !== null) reply.code(400)
  const sentence = error && textsFor(reply.request).authorization.userCode[error]
  return sendAuthorizationPage(
    reply,
    { kind: 'user-code', userCode, error: sentence, form: { action: pagePath } },
    render,
    FORM_TARGETS
  )
}

/** Returns the URL of the page that asks for the code. Only a well-formed code is in it. */
function pageUrl(typed: string, { pagePath }: DevicePageDependencies): string {
  const userCode = readUserCode(typed)
  return userCode === null ? pagePath : `${pagePath}?user_code=${userCode}`
}

function loginUrl(typed: string, dependencies: DevicePageDependencies): string {
  return `${dependencies.loginPath}?returnTo=${encodeURIComponent(pageUrl(typed, dependencies))}`
}
