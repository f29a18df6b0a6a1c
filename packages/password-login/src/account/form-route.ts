import { type AccessRule, noAuthentication } from '@latchkey/guard'
import {
  isRefusal,
  loggedWithoutQuery,
  otherMethods,
  pathIn,
  protocolRoute,
  sendProtocolAnswer
} from '@latchkey/guard/plugin'
import { type Texts, textsFor } from '@latchkey/pages'
import type { FastifyContextConfig, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Body, bodyOf, isJson, secretsIn, typedIn } from '../body.ts'
import { errorAnswer } from '../error-answer.ts'
import { PasswordLoginError } from '../errors.ts'
import { faultOfForm, type Field, type FormFault, hiddenOf, pageField } from '../form/field.ts'
import {
  type AccountDonePage,
  type AccountFormName,
  type AccountFormPage,
  type LinkFaultPage,
  type RenderAccountPage,
  sendAccountPage
} from '../pages.ts'
import { requireSameOrigin } from '../same-origin.ts'
import type { Sessions } from '../session.ts'
import type { Compose, Outbox } from './outbox.ts'

/** Values of the fields of a form, by name. */
type Values = Readonly<Record<string, string | undefined>>

/** A form of the account: its page and the route that takes it. */
export interface AccountForm {
  /** The path of the page, with the prefix. */
  readonly url: string
  /** The texts of the page. */
  readonly texts: AccountFormName
  readonly fields: readonly Field[]
  /** The texts of the page after the form was taken: `url?done`. */
  readonly done?: 'mailSent' | 'passwordSet'
  /** The path of a page for users whose link does not work. */
  readonly retry?: string | undefined
  /** Whether the URL of the page has a token. */
  readonly hasToken: boolean
  /** The rule of the page. Default: everyone, and the session is not looked at. */
  readonly access?: AccessRule
  /** Finds values for the fields, in place of those in the query. */
  readonly valuesFor?: (query: Values) => Promise<Values>
  /** Checks the request for the page, before it is shown. */
  readonly check?: (query: Values, request: FastifyRequest) => Promise<unknown>
  readonly submit: (body: Body, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>
  readonly documentation: object
}

/** The settings of all forms. */
export interface FormRouteSettings {
  readonly origin: string
  readonly sessions: Sessions
  /** The path of the login page, with the prefix. */
  readonly loginUrl: string
  readonly render: RenderAccountPage | undefined
}

/** Values that a page keeps for its form, beside the fields. */
const KEPT = ['token', 'returnTo']
const HIDDEN: object = { hide: true }
const logSerializers = { req: loggedWithoutQuery }

/** Adds the page of a form, and the route that takes the form or JSON. */
export function addFormRoute(child: FastifyInstance, form: AccountForm, settings: FormRouteSettings): void {
  const { origin, sessions, loginUrl, render } = settings
  const config: FastifyContextConfig =
    form.access === undefined ? { access: noAuthentication, otherRules: 'ignored' } : { access: form.access }
  // Fastify adds the prefix, which the URL has already.
  const path = form.url.slice(pathIn(child, '').length)

  const show = (reply: FastifyReply, values: Values, fault: FormFault | null): FastifyReply => {
    const texts = textsFor(reply.request)
    const page =
      fault?.error === 'invalid_link'
        ? overPage(form, fault, loginUrl, texts)
        : formPage(form, { values, fault, texts })
    return sendAccountPage(reply, page, render, { formTargets: 'any', hasSecretUrl: form.hasToken })
  }
  const answer = errorAnswer((request, reply, fault) => show(reply, typedIn(request), fault))
  const errorHandler: typeof answer = (error, request, reply) => {
    // The guard answers its own refusals, and sends browsers to the login.
    if (form.access !== undefined && isRefusal(error) && isAboutCredentials(error)) throw error
    answer(error, request, reply)
  }
  const common = { url: path, config, logSerializers, errorHandler }

  child.get(path, { ...common, schema: HIDDEN, exposeHeadRoute: false }, async (request, reply) => {
    const query = valuesOf(request.query)
    if (form.done !== undefined && query['done'] !== undefined) {
      return sendAccountPage(reply, donePage(form, form.done, loginUrl, textsFor(request)), render)
    }
    await form.check?.(query, request)
    return show(reply, { ...query, ...(await form.valuesFor?.(query)) }, null)
  })
  protocolRoute(child, {
    ...common,
    method: 'POST',
    documentation: form.documentation,
    onRequest: async (request) => requireSameOrigin(request, origin, sessions),
    handler: async (request, reply) => form.submit(bodyOf(request), request, reply)
  })
  const notAllowed = (): PasswordLoginError => new PasswordLoginError('method_not_allowed')
  protocolRoute(child, { ...common, ...otherMethods(child, ['GET', 'POST'], notAllowed) })
}

/** Answers a form with the page `?done`, and JSON with JSON. */
export function answerDone(
  request: FastifyRequest,
  reply: FastifyReply,
  url: string,
  { statusCode = 200, body }: { readonly statusCode?: number; readonly body: object }
): FastifyReply {
  return isJson(request) ? sendProtocolAnswer(reply, { statusCode, body }) : reply.redirect(`${url}?done`, 303)
}

/** Posts a mail, and answers as `answerDone()` does. */
export function answerMailed(
  { outbox }: { readonly outbox: Outbox },
  request: FastifyRequest,
  reply: FastifyReply,
  url: string,
  compose: Compose
): FastifyReply {
  outbox.post(compose, request.log, secretsIn(request))
  return answerDone(request, reply, url, { statusCode: 202, body: { sent: true } })
}

/** Not an error of the application with the same status, whose message is private. */
function isAboutCredentials({ statusCode }: FastifyError): boolean {
  return statusCode === 401 || statusCode === 403
}

/** Returns the parameters of a query. A repeated one counts as left out. */
function valuesOf(query: unknown): Values {
  const entries = Object.entries(query as object) // parsers return objects
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

interface ShownForm {
  readonly values: Values
  readonly fault: FormFault | null
  readonly texts: Texts
}

function formPage({ url, fields, texts: name }: AccountForm, { values, fault, texts }: ShownForm): AccountFormPage {
  const { title, intro, button } = texts.passwordLogin[name]
  const [first] = fields
  const shown = { fault, focused: first?.name ?? 'password', texts } as const
  return {
    kind: 'account-form',
    name,
    title,
    intro,
    form: {
      action: url,
      hidden: hiddenOf(Object.fromEntries(KEPT.map((kept) => [kept, values[kept]]))),
      fields: fields.map((field) => pageField(field, values[field.name] ?? '', shown)),
      button,
      error: faultOfForm(fault, texts)
    }
  }
}

function overPage(
  { texts: name, retry }: AccountForm,
  fault: FormFault,
  loginUrl: string,
  texts: Texts
): LinkFaultPage {
  const { [name]: own, logIn, askForNewLink } = texts.passwordLogin
  const next = retry === undefined ? { url: loginUrl, text: logIn } : { url: retry, text: askForNewLink }
  return { kind: 'link-fault', name, title: own.title, message: fault.messageIn(texts), next }
}

function donePage(
  { texts: name }: AccountForm,
  done: NonNullable<AccountForm['done']>,
  loginUrl: string,
  { passwordLogin: { [done]: own, logIn } }: Texts
): AccountDonePage {
  return { kind: 'account-done', name, ...own, next: { url: loginUrl, text: logIn } }
}
