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
     * The host that vouches for the client: that of a `clientId` that is a URL, or else of the redirect URI; `null` for an app on
     * the user's device.
     */
    readonly host: string | null
    /** The host that the answer goes to, which may be another one; `null` for an app on the user's device. */
    readonly redirectHost: string | null
  }
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

/** The page about a request that cannot be answered to a client. */
export interface FaultPage {
  readonly kind: 'fault'
  /** A sentence for the user. */
  readonly message: string
}

/** A page of the authorization endpoint, as data. */
export type AuthorizationPage = ConsentPage | FaultPage

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
  if (page.kind === 'fault') {
    return { title: 'This does not work', body: html`<p>${page.message}</p><p>Go back to the app and start again.</p>` }
  }
  const { client, user, scopes, allowed, form, switchUserUrl } = page
  const fields = Object.entries(form.fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`
  )
  const body = html`<p><strong>${client.name}</strong>, ${placeOf(client.host)}, wants to act for you.</p>
${client.host === client.redirectHost ? html`` : html`<p>Your answer goes to ${placeOf(client.redirectHost)}.</p>`}
${listOf('It asks to:', scopes)}
${listOf('You have allowed it before to:', allowed)}
<form method="post" action="${form.action}">${fields}
<button class="button main" name="decision" value="allow">Allow</button>
<button class="button" name="decision" value="deny">Do not allow</button></form>
<p class="quiet">You are logged in as ${user}. <a href="${switchUserUrl}">Log in as somebody else</a></p>`
  return { title: `Allow ${client.name}?`, body }
}

function placeOf(host: string | null): Markup {
  return host === null ? html`an app on this device` : html`<strong>${host}</strong>`
}

function listOf(heading: string, scopes: readonly DescribedScope[]): Markup {
  if (scopes.length === 0) return html``
  return html`<p>${heading}</p>
<ul>${scopes.map(({ description }) => html`<li>${description}</li>`)}</ul>`
}
