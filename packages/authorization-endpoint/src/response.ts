import { hiddenFields, html, sendPage, textsFor } from '@latchkey/pages'
import type { FastifyReply } from 'fastify'
import type { AuthorizationError } from './errors.ts'
import type { WayBack } from './pages.ts'
import { sourceOf } from './request/redirect-uri.ts'
import type { Destination } from './request/request-checks.ts'

// The page works without it: then the user presses the button.
const PRESS = 'document.forms[0].submit()'

/**
 * Sends the browser back to the client with the members of an answer, the `state` of its request, and the `iss` of this server.
 * A 303, so that the browser does not send a form again that contained more than the client may see.
 *
 * @see [RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2), [RFC 9207 §2](https://www.rfc-editor.org/rfc/rfc9207#section-2)
 */
export function answerClient(
  reply: FastifyReply,
  issuer: string,
  destination: Destination,
  answer: Readonly<Record<string, string>>
): FastifyReply {
  const { redirectUri, responseMode } = destination
  const members = withState(issuer, destination, answer)
  if (responseMode === 'form_post') return postForm(reply, redirectUri, members)
  return reply.redirect(withQuery(redirectUri, members), 303)
}

/** Returns the way to a client with the same answer, for a page where the user decides whether to take it. */
export function wayBackTo(
  host: string,
  issuer: string,
  destination: Destination,
  answer: Readonly<Record<string, string>>
): WayBack {
  const { redirectUri, responseMode } = destination
  const members = withState(issuer, destination, answer)
  if (responseMode === 'form_post') return { host, url: redirectUri, fields: members }
  return { host, url: withQuery(redirectUri, members), fields: null }
}

function withState(
  issuer: string,
  { state }: Destination,
  answer: Readonly<Record<string, string>>
): Readonly<Record<string, string>> {
  return { ...answer, ...(state !== null && { state }), iss: issuer }
}

/** The members of the answer for a refused request. */
export function errorMembers({ error, message }: AuthorizationError): Readonly<Record<string, string>> {
  return { error, error_description: message }
}

/** The registered URI may have a query, which stays as it is (RFC 6749 §3.1.2). */
function withQuery(uri: string, members: Readonly<Record<string, string>>): string {
  const separator = !uri.includes('?') ? '?' : /[?&]$/.test(uri) ? '' : '&'
  // Swagger UI decodes %20, but not the plus sign.
  return uri + separator + new URLSearchParams(members).toString().replaceAll('+', '%20')
}

/** @see [OAuth 2.0 Form Post Response Mode](https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html) */
function postForm(reply: FastifyReply, redirectUri: string, members: Readonly<Record<string, string>>): FastifyReply {
  const { title, button } = textsFor(reply.request).authorization.formPost
  const body = html`<form method="post" action="${redirectUri}">${hiddenFields(members)}
<button class="button main">${button}</button></form>`
  return sendPage(reply, { title, body, formTargets: [sourceOf(redirectUri)], script: PRESS })
}
