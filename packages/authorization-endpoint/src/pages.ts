import {
  type AuthorizationTexts,
  hiddenFields,
  html,
  type Markup,
  type PageContent,
  renderedBy,
  type RenderPage as RenderAnyPage,
  sendPage,
  textsFor
} from '@latchkey/pages'
import type { FastifyReply } from 'fastify'

/** A scope, in words for the user. */
export interface DescribedScope {
  readonly scope: string
  /** The description in the guard's option `scopes`, or else the scope. */
  readonly description: string
}

/** The page that asks the user whether a client may act for them. */
export interface ConsentPage {
  readonly kind: 'consent'
  readonly client: {
    readonly clientId: string
    readonly name: string
    /**
     * The host that vouches for the client: that of a `clientId` that is a URL, or else of the redirect URI; `null` for an app on a
     * device.
     */
    readonly host: string | null
    /** The host that the answer goes to, which may be another one; `null` for an app on the user's device. */
    readonly redirectHost: string | null
  }
  /**
   * For an app on another device, which shows a code: the page must show `userCode` for comparison, and ask the user to continue
   * only if they started this on their device (RFC 8628 §5.4).
   */
  readonly device?: { readonly userCode: string }
  /** The name or the subject of the user. */
  readonly user: string
  /** The scopes that the user has not allowed yet. */
  readonly scopes: readonly DescribedScope[]
  /** The scopes that the user allowed before. */
  readonly allowed: readonly DescribedScope[]
  /** The form that answers: it must post `fields` and, as `decision`, `allow` or `deny`. */
  readonly form: { readonly action: string; readonly fields: Readonly<Record<string, string>> }
  /** The URL where another user can log in for this request. */
  readonly switchUserUrl: string
}

/** The way back to an app with an error. */
export interface WayBack {
  /** The host of the app's website. */
  readonly host: string
  /** The address: of a link, or of a form that must post `fields`. */
  readonly url: string
  /** `null` for a link. */
  readonly fields: Readonly<Record<string, string>> | null
}

/** The page about a request that cannot be answered to a client. */
export interface FaultPage {
  readonly kind: 'fault'
  /** A sentence for the user. */
  readonly message: string
  /**
   * The way back to the app, if the user must decide whether to take it: the operator does not know the app, which may have sent
   * the fault on purpose (RFC 9700 §4.11.2). The page must show `host`.
   */
  readonly back?: WayBack
}

/** The page that asks for the code that a device shows. */
export interface UserCodePage {
  readonly kind: 'user-code'
  /** The code of the URL, or the code that was typed; `''` for none. The user must press the button in any case. */
  readonly userCode: string
  /** A sentence for the user about the code; `null` if nothing is wrong. */
  readonly error: string | null
  /** The form that answers: it must post `user_code`. */
  readonly form: { readonly action: string }
}

/** The page after the user's decision about a device. */
export interface DevicePage {
  readonly kind: 'device'
  /** The name of the client. */
  readonly client: string
  readonly isAllowed: boolean
}

/** A page of the authorization endpoint, as data. */
export type AuthorizationPage = ConsentPage | UserCodePage | DevicePage | FaultPage

/** Returns the content of a page of the application's own; `null` for the built-in one. */
export type RenderPage = RenderAnyPage<AuthorizationPage>

/** Sends a page, rendered by the application or by this package. */
export function sendAuthorizationPage(
  reply: FastifyReply,
  page: AuthorizationPage,
  render: RenderPage | undefined,
  formTargets: readonly string[] = []
): FastifyReply {
  const { request } = reply
  const texts = textsFor(request)
  const { title, body } = renderedBy(render, page, { texts, request }) ?? builtIn(page, texts.authorization)
  return sendPage(reply, { title, body, ...(formTargets.length > 0 && { formTargets }) })
}

function builtIn(page: AuthorizationPage, texts: AuthorizationTexts): PageContent {
  if (page.kind === 'consent') return consent(page, texts)
  if (page.kind === 'user-code') return userCode(page, texts)
  if (page.kind === 'device') return deviceAnswered(page, texts)
  const { title, startAgain } = texts.fault
  const { message, back } = page
  const next = back === undefined ? html`<p>${startAgain}</p>` : wayBack(back, texts)
  return { title, body: html`<p>${message}</p>${next}` }
}

function wayBack({ host, url, fields }: WayBack, { fault: { appIsAt, back } }: AuthorizationTexts): Markup {
  const next =
    fields === null
      ? html`<p><a class="button main" href="${url}">${back}</a></p>`
      : html`<form method="post" action="${url}">${hiddenFields(fields)}<button class="button main">${back}</button></form>`
  return html`<p>${appIsAt({ host: strong(host) })}</p>${next}`
}

function consent(page: ConsentPage, { consent: texts }: AuthorizationTexts): PageContent {
  const { client, device, user, scopes, allowed, form, switchUserUrl } = page
  const app = device === undefined ? texts.appOnThisDevice : texts.appOnAnotherDevice
  const place = (host: string | null): Markup => (host === null ? html`${app}` : strong(host))
  const body = html`<p>${texts.wantsToAct({ app: strong(client.name), place: place(client.host) })}</p>
${device === undefined ? html`` : html`<p>${texts.compare({ code: strong(device.userCode) })}</p>`}
${client.host === client.redirectHost ? html`` : html`<p>${texts.answerGoesTo({ place: place(client.redirectHost) })}</p>`}
${listOf(texts.asks, scopes)}
${listOf(texts.allowedBefore, allowed)}
<form method="post" action="${form.action}">${hiddenFields(form.fields)}
<button class="button main" name="decision" value="allow">${texts.allow}</button>
<button class="button" name="decision" value="deny">${texts.deny}</button></form>
<p class="quiet">${texts.loggedInAs({ name: user })} <a href="${switchUserUrl}">${texts.switchUser}</a></p>`
  return { title: texts.title({ app: client.name }), body }
}

function userCode({ userCode: code, error, form }: UserCodePage, { userCode: texts }: AuthorizationTexts): PageContent {
  const fault = error === null ? html`` : html`<p class="fault" id="fault" role="alert">${error}</p>`
  const state = error === null ? html`` : html` aria-invalid="true" aria-describedby="fault"`
  const body = html`<form method="post" action="${form.action}">
<label for="user_code">${texts.label}</label>
<input id="user_code" name="user_code" value="${code}" required maxlength="64" autocomplete="off"
autocapitalize="characters" spellcheck="false"${state}>
${fault}
<button class="button main">${texts.button}</button></form>`
  return { title: texts.title, body }
}

function deviceAnswered({ client, isAllowed }: DevicePage, { device: texts }: AuthorizationTexts): PageContent {
  const app = strong(client)
  return isAllowed
    ? { title: texts.allowedTitle, body: html`<p>${texts.allowed({ app })}</p>` }
    : { title: texts.deniedTitle, body: html`<p>${texts.denied({ app })}</p>` }
}

function strong(text: string): Markup {
  return html`<strong>${text}</strong>`
}

function listOf(heading: string, scopes: readonly DescribedScope[]): Markup {
  if (scopes.length === 0) return html``
  return html`<p>${heading}</p>
<ul>${scopes.map(({ description }) => html`<li>${description}</li>`)}</ul>`
}
