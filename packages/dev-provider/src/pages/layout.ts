import { createHash } from 'node:crypto'
import { STYLE_SHEET } from '@latchkey/pages'
import { html } from 'ghtml'
import type { Context } from '../context.ts'

const STYLE = `${STYLE_SHEET}
body { max-width: 34rem }
ul { list-style: none; padding: 0 }
.person { justify-content: flex-start; text-align: start }
.person img, .blank { width: 2.5rem; height: 2.5rem; border-radius: 50%; background: var(--line) }
.note { margin: -.25rem 1rem 1rem; font-size: .875rem; color: var(--quiet) }
code { font: .9em ui-monospace, monospace }
table { border-collapse: collapse; width: 100% }
th, td { text-align: start; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line) }
select { box-sizing: border-box; width: 100%; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem; font: inherit }
:is(select, summary):focus-visible { outline: 3px solid var(--focus); outline-offset: 2px }
footer { margin-top: 2.5rem; font-size: .875rem; color: var(--quiet) }
`

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/**
 * Sends a page that runs no script and loads nothing from elsewhere.
 *
 * @param body - HTML, already escaped
 * @param target - the final target of a form on the page: browsers apply the policy to redirects too
 */
export function sendPage(ctx: Context, title: string, body: string, target?: string): void {
  ctx.type = 'html'
  ctx.set(
    'content-security-policy',
    `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; img-src data:; base-uri 'none'; frame-ancestors 'none'; ` +
      `form-action ${["'self'", ...formTargets(target)].join(' ')}`
  )
  ctx.body = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>!${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
!${body}
</main>
<footer>A provider for development and tests. The people are fictional, and there are no passwords.</footer>
</body>
</html>
`
}

// After its callback the application may redirect to any loopback address. A policy cannot contain [::1].
function formTargets(target: string | undefined): string[] {
  if (target === undefined) return []
  const { protocol, host, hostname } = new URL(target)
  const own = hostname === '[::1]' ? protocol : `${protocol}//${host}`
  return [...new Set([own, 'http://localhost:*', 'http://127.0.0.1:*'])]
}
