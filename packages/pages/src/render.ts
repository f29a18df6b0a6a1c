import { isObject } from '@latchkey/options'
import type { FastifyRequest } from 'fastify'
import type { Markup } from './html.ts'
import type { Texts } from './texts/texts.ts'

/** The content of a page that the application renders. */
export interface PageContent {
  /** Plain text. */
  readonly title: string
  /** HTML, made by {@link html}. */
  readonly body: Markup
}

/** The circumstances of a page. */
export interface PageContext {
  /** The texts in the language of the page. */
  readonly texts: Texts
  readonly request: FastifyRequest
}

/**
 * Returns the content of a page in the application's own way; `null` for the built-in content. The page keeps its headers: its
 * Content-Security-Policy allows no scripts and no styles but the built-in style sheet.
 *
 * @typeParam Page - the pages of a plugin as data, told apart by `kind`
 * @example
 * ```ts
 * render: (page) => (page.kind === 'log-out' ? { title: 'Bye?', body: myForm(page.form) } : null)
 * ```
 */
export type RenderPage<Page> = (page: Page, context: PageContext) => PageContent | null

/**
 * Calls the option `render` of a plugin. Returns `null` for the built-in page: if there is no such option, if it returns `null`, and
 * if it fails, which is logged. It fails if it throws, and if it returns anything else than a title and a body, such as a promise.
 *
 * @example renderedBy(options.render, page, { texts, request }) ?? builtIn(page, texts)
 */
export function renderedBy<Page>(
  render: RenderPage<Page> | undefined,
  page: Page,
  context: PageContext
): PageContent | null {
  try {
    const content: unknown = render?.(page, context) ?? null
    if (content === null || isContent(content)) return content
    // A rejection that nobody handles would end the process.
    if (content instanceof Promise) content.catch(() => {})
    throw new TypeError(
      'The option render must return null, or an object with a title and a body made by html. Fix: not async'
    )
  } catch (error) {
    context.request.log.error({ err: error }, 'The option render failed, and the built-in page is sent')
    return null
  }
}

function isContent(value: unknown): value is PageContent {
  if (!isObject(value) || typeof value['title'] !== 'string') return false
  const { body } = value
  return isObject(body) && typeof body['markup'] === 'string'
}
