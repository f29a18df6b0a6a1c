import { createHash } from 'node:crypto'

/** A static page and the headers that keep it from running or loading anything that it does not hold itself. */
export interface Page {
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
}

const STYLE = `
  :root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }
  body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem }
  h1 { font-weight: 600; letter-spacing: -.02em }
  code, pre { font: .9em/1.5 ui-monospace, monospace; background: #8882; border-radius: .3rem; padding: .1em .3em }
  pre { padding: .8rem 1rem; overflow-x: auto }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884 }
  label { display: block; margin: .5rem 0 }
  input:not([type=checkbox]) { display: block; font: inherit; padding: .4rem .6rem; width: 16rem; max-width: 100% }
  button { font: inherit; padding: .4rem 1.2rem; margin-top: .8rem }
`

/** The scripts and forms that a page may use. */
export interface Abilities {
  readonly script?: string
  /** The URL of a module of this server, and the origin of another server that it may call. */
  readonly module?: { readonly url: string; readonly calls: string }
  /** Whether its forms may lead to another site, by a redirect. */
  readonly formsLeave?: boolean
}

/**
 * Puts a page together. `title`, `body` and `script` are HTML and are not escaped: escape all text from outside
 * first.
 */
export function page(title: string, body: string, { script = '', module, formsLeave = false }: Abilities = {}): Page {
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
<h1>${title}</h1>
${body}
${script && `<script>${script}</script>`}${module ? `<script type="module" src="${module.url}"></script>` : ''}
</html>
`
  return {
    html,
    headers: {
      'content-security-policy': [
        "default-src 'none'",
        `style-src '${hash(STYLE)}'`,
        ...(script ? [`script-src '${hash(script)}'`] : []),
        ...(module ? ["script-src 'self'", `connect-src ${module.calls}`] : []),
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
