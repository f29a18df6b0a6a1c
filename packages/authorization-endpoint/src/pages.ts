import { html, type Markup, sendPage } from '@latchkey/pages'
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

/**
 * Returns the content of a page of the application's own; `null` for the built-in one. It is shown under a
 * Content-Security-Policy that allows no scripts and no styles but the built-in style sheet.
 */
export type RenderPage = (page: AuthorizationPage) => { readonly title: string; readonly body: Markup } | null

/** Sends a page, rendered by the application or by this package. */
export function sendAuthorizationPage(
  reply: FastifyReply,
  page: AuthorizationPage,
  render: RenderPage | undefined,
  formTargets: readonly string[] = []
): FastifyReply {
  const { title, body } = render?.(page) ?? builtIn(page)
  return sendPage(reply, { title, body, ...(formTargets.length > 0 && { formTargets }) })
}

function builtIn(page: AuthorizationPage): { readonly title: string; readonly body: Markup } {
  if (page.kind === 'consent') return consent(page)
  if (page.kind === 'user-code') return userCode(page)
  if (page.kind === 'device') return deviceAnswered(page)
  const { message, back } = page
  const next = back === undefined ? html`<p>Go back to the app and start again.</p>` : wayBack(back)
  return { title: 'This does not work', body: html`<p>${message}</p>${next}` }
}

function wayBack({ host, url, fields }: WayBack): Markup {
  const next =
    fields === null
      ? html`<p><a class="button main" href="${url}">Back to the app</a></p>`
      : html`<form method="post" action="${url}">${hidden(fields)}<button class="button main">Back to the app</button></form>`
  return html`<p>The app is at <strong>${host}</strong>. Go back only if you came from there.</p>${next}`
}

function hidden(fields: Readonly<Record<string, string>>): readonly Markup[] {
  return Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)
}

function consent({ client, device, user, scopes, allowed, form, switchUserUrl }: ConsentPage): {
  readonly title: string
  readonly body: Markup
} {
  const place = (host: string | null): Markup => placeOf(host, device === undefined ? 'this' : 'another')
  const body = html`<p><strong>${client.name}</strong>, ${place(client.host)}, wants to act for you.</p>
${device === undefined ? html`` : comparison(device.userCode)}
${client.host === client.redirectHost ? html`` : html`<p>Your answer goes to ${place(client.redirectHost)}.</p>`}
${listOf('It asks to:', scopes)}
${listOf('You have allowed it before to:', allowed)}
<form method="post" action="${form.action}">${hidden(form.fields)}
<button class="button main" name="decision" value="allow">Allow</button>
<button class="button" name="decision" value="deny">Do not allow</button></form>
<p class="quiet">You are logged in as ${user}. <a href="${switchUserUrl}">Log in as somebody else</a></p>`
  return { title: `Allow ${client.name}?`, body }
}

function placeOf(host: string | null, device: 'this' | 'another'): Markup {
  return host === null ? html`an app on ${device} device` : html`<strong>${host}</strong>`
}

function comparison(code: string): Markup {
  return html`<p>The device must show the code <strong>${code}</strong>. Only continue if you started this on your device.
If somebody else sent you the code or a link, do not allow it.</p>`
}

function userCode({ userCode, error, form }: UserCodePage): { readonly title: string; readonly body: Markup } {
  const fault = error === null ? html`` : html`<p id="fault" role="alert">${error}</p>`
  const state = error === null ? html`` : html` aria-invalid="true" aria-describedby="fault"`
  const body = html`<form method="post" action="${form.action}">
<label for="user_code">The code that your device shows</label>
<input id="user_code" name="user_code" value="${userCode}" required maxlength="64" autocomplete="off"
autocapitalize="characters" spellcheck="false"${state}>
${fault}
<button class="button main">Continue</button></form>`
  return { title: 'Connect a device', body }
}

function deviceAnswered({ client, isAllowed }: DevicePage): { readonly title: string; readonly body: Markup } {
  return isAllowed
    ? { title: 'You are done', body: html`<p>Go back to <strong>${client}</strong> on your device.</p>` }
    : { title: 'Not allowed', body: html`<p><strong>${client}</strong> cannot act for you. Close this page.</p>` }
}

function listOf(heading: string, scopes: readonly DescribedScope[]): Markup {
  if (scopes.length === 0) return html``
  return html`<p>${heading}</p>
<ul>${scopes.map(({ description }) => html`<li>${description}</li>`)}</ul>`
}
