import { createHash } from 'node:crypto'
import { html } from 'ghtml'
import type { Context } from '../context.ts'

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 34rem; margin: 3rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; line-height: 1.2 }
ul { list-style: none; padding: 0 }
li { margin: .5rem 0 }
button { font: inherit; padding: .5rem 1rem; border: 1px solid #8888; border-radius: .5rem; cursor: pointer }
button:focus-visible, select:focus-visible, summary:focus-visible { outline: 3px solid #7c3aed; outline-offset: 2px }
.person { display: flex; align-items: center; gap: .75rem; width: 100%; text-align: left }
.person img, .blank { width: 2.5rem; height: 2.5rem; border-radius: 50%; background: #8884 }
.note { margin: .1rem 0 0 4.25rem; font-size: .875rem }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid #8884 }
select, input { font: inherit; padding: .3rem; max-width: 100% }
footer { margin-top: 2.5rem; font-size: .875rem }
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
