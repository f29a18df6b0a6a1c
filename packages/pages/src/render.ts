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
