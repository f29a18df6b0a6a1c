import {
  formMarkup,
  html,
  type LogInPage,
  type Page,
  type PageContent,
  type PageForm,
  type PasswordLoginTexts,
  renderedBy,
  type RenderPage,
  sendPage,
  textsFor
} from '@latchkey/pages'
import type { FastifyReply } from 'fastify'

/** The name of a page with a form: that of its texts in `Texts`. */
export type AccountFormName = {
  [Name in keyof PasswordLoginTexts]: PasswordLoginTexts[Name] extends { readonly intro: string } ? Name : never
}[keyof PasswordLoginTexts]

/** A link of a page. */
interface NextStep {
  readonly url: string
  readonly text: string
}

/** A page of the account with a form. */
export interface AccountFormPage {
  readonly kind: 'account-form'
  readonly name: AccountFormName
  readonly title: string
  readonly intro: string
  readonly form: PageForm
}

/** The page of a link that does not work: it was used, or is too old. */
export interface LinkFaultPage {
  readonly kind: 'link-fault'
  readonly name: AccountFormName
  readonly title: string
  readonly message: string
  /** The page to go on with. */
  readonly next: NextStep
}

/** The page after a form was taken. */
export interface AccountDonePage {
  readonly kind: 'account-done'
  /** The form that was taken. */
  readonly name: AccountFormName
  readonly title: string
  readonly text: string
  /** The page where users log in. */
  readonly next: NextStep
}

type AccountPage = AccountFormPage | LinkFaultPage | AccountDonePage

/** A page of the login with a password, as data. `log-in` is shared with `@latchkey/login`. */
export type PasswordLoginPage = LogInPage | AccountPage

/** Returns the content of a page of the application's own; `null` for the built-in one. */
export type RenderPasswordLoginPage = RenderPage<PasswordLoginPage>

/** {@link RenderPasswordLoginPage} for the pages of the account. */
export type RenderAccountPage = RenderPage<AccountPage>

/** Sends a page of the account, rendered by the application or by this package. */
export function sendAccountPage(
  reply: FastifyReply,
  page: AccountPage,
  render: RenderAccountPage | undefined,
  more: Pick<Page, 'formTargets' | 'hasSecretUrl'> = {}
): FastifyReply {
  const { request } = reply
  const { title, body } = renderedBy(render, page, { texts: textsFor(request), request }) ?? builtIn(page)
  return sendPage(reply, { title, body, ...more })
}

function builtIn(page: AccountPage): PageContent {
  const { title } = page
  if (page.kind === 'account-form') return { title, body: html`<p>${page.intro}</p>\n${formMarkup(page.form)}` }
  const { url, text } = page.next
  const sentence =
    page.kind === 'link-fault' ? html`<p role="alert">${page.message}</p>` : html`<p role="status">${page.text}</p>`
  return { title, body: html`${sentence}\n<p><a class="button" href="${url}">${text}</a></p>` }
}
