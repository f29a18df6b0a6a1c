import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** A page without scripts. All members except `body` and `head` are plain text. */
export interface Page {
  readonly title: string
  /** HTML, made by {@link html}. */
  readonly body: Markup
  /** More HTML for the head, made by {@link html}. */
  readonly head?: Markup
  /** Whether the body contains a form. */
  readonly hasForm?: boolean
}

/** HTML that is safe to send. */
export interface Markup {
  readonly markup: string
}

const STYLE =
  'body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:24rem;padding:3rem 1.5rem;color:#1a1a1a;background:#fff}' +
  'h1{font-size:1.5rem}ul{list-style:none;padding:0}' +
  '.button{display:block;box-sizing:border-box;width:100%;margin:.75rem 0;padding:.75rem 1rem;border:1px solid #595959;' +
  'border-radius:.5rem;font:inherit;text-align:center;text-decoration:none;color:inherit;background:#f5f5f5;cursor:pointer}' +
  '.button:hover{background:#e5e5e5}.button:focus-visible,a:focus-visible{outline:3px solid #0b57d0;outline-offset:2px}' +
  '@media(prefers-color-scheme:dark){body{color:#f0f0f0;background:#161616}.button{background:#2a2a2a;border-color:#a0a0a0}' +
  '.button:hover{background:#3a3a3a}}'

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'`

/** The headers of every answer of the login, with or without a page. */
export const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': `${POLICY}; form-action 'none'`,
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff'
}

/** A template tag for HTML. A string value is escaped; a {@link Markup} value is inserted as it is. */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (string | Markup | readonly Markup[])[]
): Markup {
  return { markup: strings.map((part, index) => part + markupOf(values[index] ?? '')).join('') }
}

/** Sends a page. */
export function sendPage(reply: FastifyReply, { title, body, head = html``, hasForm = false }: Page): FastifyReply {
  if (hasForm) {
    // Browsers also apply form-action to redirects after the form, and the redirect may lead to a provider. With `no-referrer`
    // the form's own POST would have the origin `null`.
    reply.headers({ 'content-security-policy': POLICY, 'referrer-policy': 'same-origin' })
  }
  const { markup } = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
${head}
<style>${{ markup: STYLE }}</style>
<main>
<h1>${title}</h1>
${body}
</main>
</html>
`
  return reply.type('text/html; charset=utf-8').send(markup)
}

/** Whether the client accepts HTML. */
export function wantsPage(request: FastifyRequest): boolean {
  return /\btext\/html\b/i.test(request.headers.accept ?? '')
}

function markupOf(value: string | Markup | readonly Markup[]): string {
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
  return Array.isArray(value) ? value.map(markupOf).join('\n') : (value as Markup).markup // only Markup is left
}
