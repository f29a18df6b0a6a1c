import {
  html,
  type LoginTexts,
  type LogInPage,
  type Page,
  type PageContent,
  renderedBy,
  type RenderPage,
  sendPage,
  textsFor
} from '@latchkey/pages'
import type { FastifyReply } from 'fastify'

/** The page that asks whether to log out. */
export interface LogOutPage {
  readonly kind: 'log-out'
  /** The form that logs out. It has no fields. */
  readonly form: { readonly action: string }
}

/** The page after a login, which leads to its target by itself. Shown only if the session's cookie has `SameSite=Strict`. */
export interface LoggedInPage {
  readonly kind: 'logged-in'
  readonly url: string
}

/** The code of an error that users see. */
export type LoginFaultCode = keyof LoginTexts['errors']

/** The page about an error. */
export interface LoginFaultPage {
  readonly kind: 'fault'
  readonly error: LoginFaultCode
  /** A sentence for the user. */
  readonly message: string
  /** The page where users log in. */
  readonly loginUrl: string
}

/** A page of the login, as data. `log-in` is shared with `@latchkey/password-login`. */
export type LoginPluginPage = LogInPage | LogOutPage | LoggedInPage | LoginFaultPage

/** Returns the content of a page of the application's own; `null` for the built-in one. */
export type RenderLoginPage = RenderPage<LoginPluginPage>

type OwnPage = Exclude<LoginPluginPage, LogInPage>

/** Sends a page, rendered by the application or by this package. */
export function sendLoginPage(
  reply: FastifyReply,
  page: OwnPage,
  render: RenderLoginPage | undefined,
  more: Pick<Page, 'head' | 'formTargets'> = {}
): FastifyReply {
  const { request } = reply
  const texts = textsFor(request)
  const content = renderedBy(render, page, { texts, request }) ?? builtIn(page, texts.login)
  return sendPage(reply, { title: content.title, body: content.body, ...more })
}

function builtIn(page: OwnPage, texts: LoginTexts): PageContent {
  if (page.kind === 'log-out') {
    const { logOut } = texts
    const { action } = page.form
    return {
      title: logOut,
      body: html`<form method="post" action="${action}"><button class="button">${logOut}</button></form>`
    }
  }
  if (page.kind === 'logged-in') {
    return { title: texts.loggedIn, body: html`<p><a class="button" href="${page.url}">${texts.goOn}</a></p>` }
  }
  return { title: page.message, body: html`<p><a class="button" href="${page.loginUrl}">${texts.logIn}</a></p>` }
}
