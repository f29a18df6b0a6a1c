import { type AccessRule, noAuthentication } from '@latchkey/guard'
import { isRefusal, loggedWithoutQuery, otherMethods, protocolRoute, sendProtocolAnswer } from '@latchkey/guard/plugin'
import { html, type Markup, sendPage } from '@latchkey/pages'
import type { FastifyContextConfig, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Body, bodyOf, isJson, typedIn } from '../body.ts'
import { errorAnswer } from '../error-answer.ts'
import { PasswordLoginError } from '../errors.ts'
import { faultOfForm, type Field, fieldMarkup, type FormFault, hiddenFields } from '../form/field.ts'
import { requireSameOrigin } from '../same-origin.ts'
import type { Sessions } from '../session.ts'

/** Values of the fields of a form, by name. */
type Values = Readonly<Record<string, string | undefined>>

/** A form of the account: its page and the route that takes it. */
export interface AccountForm {
  /** The path, with the path of the login page. */
  readonly path: string
  readonly title: string
  /** A sentence above the fields. */
  readonly intro: string
  readonly fields: readonly Field[]
  readonly button: string
  /** The page after the form was taken: `path?done`. */
  readonly done?: { readonly title: string; readonly text: string }
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
}

/** Values that a page keeps for its form, beside the fields. */
const KEPT = ['token', 'returnTo']
const HIDDEN: object = { hide: true }
const logSerializers = { req: loggedWithoutQuery }

/** Adds the page of a form, and the route that takes the form or JSON. */
export function addFormRoute(child: FastifyInstance, form: AccountForm, settings: FormRouteSettings): void {
  const { origin, sessions, loginUrl } = settings
  const config: FastifyContextConfig =
    form.access === undefined ? { access: noAuthentication, otherRules: 'ignored' } : { access: form.access }
  const action = child.prefix + form.path

  const show = (reply: FastifyReply, values: Values, fault: FormFault | null): FastifyReply => {
    const isOver = fault?.error === 'invalid_link'
    const body = isOver ? overMarkup(fault, form.retry, loginUrl) : formMarkup(form, action, values, fault)
    return sendPage(reply, { title: form.title, body, formTargets: 'any', hasSecretUrl: form.hasToken })
  }
  const answer = errorAnswer((request, reply, fault) => show(reply, typedIn(request), fault))
  const errorHandler: typeof answer = (error, request, reply) => {
    // The guard answers its own refusals, and sends browsers to the login.
    if (form.access !== undefined && isRefusal(error) && isAboutCredentials(error)) throw error
    answer(error, request, reply)
  }
  const common = { url: form.path, config, logSerializers, errorHandler }

  child.get(form.path, { ...common, schema: HIDDEN, exposeHeadRoute: false }, async (request, reply) => {
    const query = valuesOf(request.query)
    if (form.done !== undefined && query['done'] !== undefined) return sendDone(reply, form.done, loginUrl)
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

/** Not an error of the application with the same status, whose message is private. */
function isAboutCredentials({ statusCode }: FastifyError): boolean {
  return statusCode === 401 || statusCode === 403
}

/** Returns the parameters of a query. A repeated one counts as left out. */
function valuesOf(query: unknown): Values {
  const entries = Object.entries(query as object) // parsers return objects
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function formMarkup(form: AccountForm, action: string, values: Values, fault: FormFault | null): Markup {
  const [first] = form.fields
  const kept = Object.fromEntries(KEPT.map((name) => [name, values[name]]))
  const focused = first?.name ?? 'password'
  return html`<p>${form.intro}</p>
<form method="post" action="${action}">
${faultOfForm(fault)}
${hiddenFields(kept)}
${form.fields.map((field) => fieldMarkup(field, fault, values[field.name] ?? '', focused))}
<button class="button main">${form.button}</button></form>`
}

function overMarkup({ message }: FormFault, retry: string | undefined, loginUrl: string): Markup {
  return html`<p role="alert">${message}</p>
<p><a class="button" href="${retry ?? loginUrl}">${retry === undefined ? 'Log in' : 'Ask for a new link'}</a></p>`
}

function sendDone(
  reply: FastifyReply,
  { title, text }: { readonly title: string; readonly text: string },
  loginUrl: string
): FastifyReply {
  const body = html`<p role="status">${text}</p>
<p><a class="button" href="${loginUrl}">Log in</a></p>`
  return sendPage(reply, { title, body })
}
