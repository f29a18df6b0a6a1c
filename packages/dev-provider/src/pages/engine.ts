import { html } from 'ghtml'
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider'
import { sendPage } from './layout.ts'

/** Asks whether to sign out. The form is oidc-provider's own. */
export function signOutPage(ctx: KoaContextWithOIDC, form: string): void {
  const target = ctx.oidc.params?.['post_logout_redirect_uri']
  const body = html`!${form}
<button class="button main" form="op.logoutForm" name="logout" value="yes">Sign out</button>
<button class="button" form="op.logoutForm">Stay signed in</button>`
  sendPage(ctx, 'Sign out?', body, typeof target === 'string' ? target : undefined)
}

/** The page after a logout without a redirect URI. */
export function signedOutPage(ctx: KoaContextWithOIDC): void {
  sendPage(ctx, 'You are signed out', '<p>The session at this provider has ended.</p>')
}

/** Shows an error that cannot be sent to the client: a page for browsers, JSON for programs. */
export function errorPage(ctx: KoaContextWithOIDC, { error, error_description: description }: ErrorOut): void {
  const page = html`<p><code>${error}</code></p><p>${description}</p>`
  if (ctx.accepts('json', 'html') === 'html') sendPage(ctx, 'The request has failed', page)
  else ctx.body = { error, error_description: description }
}
