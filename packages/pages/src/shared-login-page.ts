import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { html, type Markup } from './html.ts'
import { textsFor } from './language.ts'
import type { LogInPage } from './login-page-data.ts'
import { sendPage } from './page.ts'
import { type PageContent, type PageContext, renderedBy, type RenderPage } from './render.ts'
import type { Texts } from './texts/texts.ts'

/** A part of the page where users log in, as HTML and as data for an application that renders the page. */
export interface PartContent extends Markup, Partial<Pick<LogInPage, 'form' | 'providers'>> {}

/** A part of the page where users log in: a form, or links to providers. */
export interface LoginPart {
  /** The place on the page: the part with the lowest number comes first. */
  readonly order: number
  /**
   * Returns the HTML of the part, in the language of the texts.
   *
   * @param asked - the parameters of the page, such as `returnTo` and `prompt`: the query, or a form that failed. Unchecked
   */
  render(asked: unknown, texts: Texts): PartContent
  /** Whether the part has a form, whose answer may redirect to any origin. */
  readonly hasForm: boolean
  /** Answers a request for the page if this is its only part. Default: the page is shown. */
  readonly alone?: ((request: FastifyRequest, reply: FastifyReply) => FastifyReply | Promise<FastifyReply>) | undefined
  /** Renders the whole page in the application's own way. With several, the first that does not return `null` counts. */
  readonly renderPage?: RenderPage<LogInPage> | undefined
}

/** The page where users log in. Several plugins of a server share the page at one URL. */
export interface LoginPage {
  /** Adds a part. */
  add(part: LoginPart): void
  /** Answers a request for the page: the handler of its route. */
  show(request: FastifyRequest, reply: FastifyReply): FastifyReply | Promise<FastifyReply>
  /** Sends the page, with other content for one of its parts, such as a form with an error. */
  send(reply: FastifyReply, asked: unknown, part?: LoginPart, changed?: PartContent): FastifyReply
}

const shared = new WeakMap<FastifyInstance['server'], Map<string, LoginPage>>()

/**
 * Returns the login page of a server at a URL. The plugin that asks first must add the route, with `show` as its handler; the
 * plugins that ask later only add their parts, in whichever order and context they are registered.
 *
 * @param url - the path with its prefix, as `pathIn()` of `@latchkey/guard/plugin` returns it
 * @example
 * ```ts
 * const { page, isNew } = loginPage(app, pathIn(app, '/login'))
 * page.add({ order: 1, hasForm: false, render: () => html`<a class="button" href="/login/card">Log in with a card</a>` })
 * if (isNew) app.get('/login', (request, reply) => page.show(request, reply))
 * ```
 */
export function loginPage(
  { server }: Pick<FastifyInstance, 'server'>,
  url: string
): { readonly page: LoginPage; readonly isNew: boolean } {
  const pages = shared.get(server) ?? new Map<string, LoginPage>()
  shared.set(server, pages)
  const known = pages.get(url)
  const page = known ?? newPage()
  pages.set(url, page)
  return { page, isNew: known === undefined }
}

function newPage(): LoginPage {
  const parts: LoginPart[] = []

  return Object.freeze({
    add(part) {
      parts.push(part)
      parts.sort((one, other) => one.order - other.order)
    },
    show(request, reply) {
      const [only, another] = parts
      if (only?.alone !== undefined && another === undefined) return only.alone(request, reply)
      return send(reply, request.query)
    },
    send
  } satisfies LoginPage)

  function send(reply: FastifyReply, asked: unknown, changed?: LoginPart, content?: PartContent): FastifyReply {
    const { request } = reply
    const texts = textsFor(request)
    const contents = parts.map((part) =>
      part === changed && content !== undefined ? content : part.render(asked, texts)
    )
    const page = pageOf(contents)
    const hasForm = parts.some((part) => part.hasForm)
    const { title, body } = ownPage(parts, page, { texts, request }) ?? builtIn(page, texts)
    // Browsers apply form-action to the redirects after a form too, and a login may end at a client of another origin.
    return sendPage(reply, { title, body, ...(hasForm && { formTargets: 'any' as const }) })
  }
}

function pageOf(contents: readonly PartContent[]): LogInPage {
  return {
    kind: 'log-in',
    form: contents.find(({ form }) => form)?.form ?? null,
    providers: contents.flatMap(({ providers = [] }) => providers),
    parts: contents.map(({ markup }) => ({ markup }))
  }
}

function ownPage(parts: readonly LoginPart[], page: LogInPage, context: PageContext): PageContent | null {
  for (const { renderPage } of parts) {
    const content = renderedBy(renderPage, page, context)
    if (content !== null) return content
  }
  return null
}

function builtIn({ parts }: LogInPage, { login: { title, or } }: Texts): PageContent {
  const body = parts.flatMap((part, at) => (at === 0 ? [part] : [html`<p class="quiet">${or}</p>`, part]))
  return { title, body: html`${body}` }
}
