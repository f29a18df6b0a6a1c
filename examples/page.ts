import { createHash } from 'node:crypto'
import { STYLE_SHEET } from '@latchkey/pages'

/** A static page and the headers that keep it from running or loading anything that it does not hold itself. */
export interface Page {
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
}

// The look of the pages that the packages send, and what only these pages have.
const STYLE = `${STYLE_SHEET}
  body { max-width: 42rem }
  [hidden] { display: none !important }
  code, pre { font: .9em/1.5 ui-monospace, monospace; background: var(--button); border-radius: .3rem; padding: .1em .3em }
  pre { padding: .8rem 1rem; white-space: pre-wrap }
  table { border-collapse: collapse; width: 100%; margin-block-end: 1rem }
  th, td { text-align: start; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line) }
  td .button { width: auto; margin: 0; padding: .4rem .8rem }
  label { display: block; margin: .5rem 0 }
  fieldset { margin: 0 0 .75rem; padding: .5rem 1rem; border: 1px solid var(--line); border-radius: .5rem }
  .row { display: flex; flex-wrap: wrap; gap: .5rem }
  .row .button { width: auto; margin: 0; padding: .5rem .8rem }
`

/** The scripts and forms that a page may use. */
export interface Abilities {
  readonly script?: string
  /** The URL of a module of this server. */
  readonly module?: string
  /** The origin that scripts may call, or `'self'` with its quotes. */
  readonly calls?: string
  /** Whether its forms may lead to another site, by a redirect. */
  readonly formsLeave?: boolean
}

/**
 * Puts a page together. `title`, `body` and `script` are HTML and are not escaped: escape all text from outside
 * first.
 */
export function page(
  title: string,
  body: string,
  { script = '', module, calls, formsLeave = false }: Abilities = {}
): Page {
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
<main>
<h1>${title}</h1>
${body}
</main>
${script && `<script>${script}</script>`}${module ? `<script type="module" src="${module}"></script>` : ''}
</html>
`
  return {
    html,
    headers: {
      'content-security-policy': [
        "default-src 'none'",
        `style-src '${hash(STYLE)}'`,
        ...(script ? [`script-src '${hash(script)}'`] : []),
        ...(module ? ["script-src 'self'"] : []),
        ...(calls ? [`connect-src ${calls}`] : []),
        ...(formsLeave ? [] : ["form-action 'self'"]),
        "frame-ancestors 'none'",
        "base-uri 'none'"
      ].join('; '),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin'
    }
  }
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
