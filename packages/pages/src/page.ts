import type { FastifyReply, FastifyRequest } from 'fastify'
import { html, type Markup } from './html.ts'
import { setLanguage, textsFor } from './language.ts'
import type { PageContent } from './render.ts'
import { DEFAULT, hashOf, type Settings, settingsOf } from './settings.ts'

/** A page. All members except `body` and `head` are plain text. */
export interface Page extends PageContent {
  /** More HTML for the head, made by {@link html}. */
  readonly head?: Markup
  /**
   * The sources to which the page's forms may be sent, and to which their answers may redirect, as `form-action` of the
   * Content-Security-Policy lists them, e.g. `'self'` with its quotes and `https://app.example.com`. `'any'`: anywhere. Default:
   * the page has no form.
   */
  readonly formTargets?: 'any' | readonly string[]
  /** A script, whose hash is added to the Content-Security-Policy. The page must work without it. Default: none. */
  readonly script?: string
  /** Whether the URL of the page contains a secret. The browser then sends only the origin as `Referer`. Default: `false`. */
  readonly hasSecretUrl?: boolean
}

/**
 * The headers of every answer of a plugin that sends pages, with or without a page: never stored, never framed, no scripts, no
 * forms.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': policyOf({}, DEFAULT),
  // A client may show the steps of a login in a popup, and any other policy, of any step, takes the popup from its opener.
  'cross-origin-opener-policy': 'unsafe-none',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  // For browsers that do not know frame-ancestors.
  'x-frame-options': 'DENY'
}

/**
 * Sends a page: valid HTML, light and dark, without scripts of its own, under a Content-Security-Policy that allows its style
 * sheet alone. It has the name, the logo, the colours and the language of the plugin of this package, if that is registered.
 *
 * @example
 * ```ts
 * sendPage(reply, { title: 'Log in', body: html`<p><a class="button" href="${url}">Log in</a></p>` })
 * ```
 * @see [Content Security Policy Level 3](https://www.w3.org/TR/CSP3/)
 */
export function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  const { title, body, head = html``, script } = page
  const settings = settingsOf(reply.server.server)
  const texts = textsFor(reply.request)
  const { name, style } = settings
  setLanguage(reply, texts)
  reply.headers({ ...PAGE_HEADERS, 'content-security-policy': policyOf(page, settings) })
  // With `no-referrer` the form's own POST would have the origin `null`.
  if (page.formTargets !== undefined) {
    reply.header('referrer-policy', page.hasSecretUrl === true ? 'strict-origin' : 'same-origin')
  }
  const { markup } = html`<!doctype html>
<html lang="${texts.language}"${texts.direction === 'rtl' ? html` dir="rtl"` : html``}>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${name === null ? title : `${title} · ${name}`}</title>
${head}
<style>${{ markup: style }}</style>
${headerOf(settings)}<main>
<h1>${title}</h1>
${body}
</main>
${script === undefined ? html`` : html`<script>${{ markup: script }}</script>`}
</html>
`
  return reply.type('text/html; charset=utf-8').send(markup)
}

/** The name is beside the logo, so the logo needs no text of its own. */
function headerOf({ name, logo }: Settings): Markup {
  if (name === null) return html``
  return html`<header>${logo === null ? html`` : html`<img src="${logo}" alt="">`}<span>${name}</span></header>
`
}

/** Whether a client accepts HTML. */
export function wantsPage(request: FastifyRequest): boolean {
  return /\btext\/html\b/i.test(request.headers.accept ?? '')
}

function policyOf({ formTargets = [], script }: Partial<Page>, { styleSource, logoSource }: Settings): string {
  const forms = formTargets.length === 0 ? ["'none'"] : formTargets
  return [
    "default-src 'none'",
    `style-src ${styleSource}`,
    ...(logoSource === null ? [] : [`img-src ${logoSource}`]),
    ...(script === undefined ? [] : [`script-src ${hashOf(script)}`]),
    "base-uri 'none'",
    "frame-ancestors 'none'",
    // Browsers apply form-action to the redirects after a form too.
    ...(forms === 'any' ? [] : [`form-action ${forms.join(' ')}`])
  ].join('; ')
}
