import type { InteractionResults, Provider } from 'oidc-provider'
import { type Context, type Middleware, readForm } from './context.ts'
import { settingsError } from './faults/input.ts'
import type { FaultName } from './faults/settings.ts'
import type { FaultSwitches } from './faults/switches.ts'
import { sendPage } from './pages/layout.ts'
import { pickingPage } from './pages/picking.ts'
import { type Person, subjectOf } from './person.ts'
import type { Profile } from './profiles/profile.ts'

const PATH = /^\/interaction\/[\w-]+$/

/** The data for the picking page and its form. */
interface InteractionOptions {
  readonly profile: Profile
  readonly people: readonly Person[]
  readonly switches: FaultSwitches
  readonly autoLogin: string | undefined
  readonly provider: () => Provider
}

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

/** Shows the picking page, and handles its form. */
export function interaction({ profile, people, switches, autoLogin, provider }: InteractionOptions): Middleware {
  return async (ctx, next) => {
    if (!PATH.test(ctx.path) || !['GET', 'POST'].includes(ctx.method)) return next()
    const details = await provider()
      .interactionDetails(ctx.req, ctx.res)
      .catch(() => undefined)
    if (!details) {
      tooLate(ctx)
      return
    }
    const form = ctx.method === 'POST' ? await readForm(ctx) : new URLSearchParams()
    if (form.has('refuse'))
      return finish(ctx, { error: 'access_denied', error_description: 'The person refused the request' })

    const id = form.get('person') ?? autoLogin
    const person = people.find((each) => each.id === id)
    const fault = form.get('fault') ?? ''
    if (!person || (fault !== '' && settingsError(fault, {}))) {
      showPage(ctx, details)
      return
    }
    if (fault !== '') switches.set(fault as FaultName, { times: 1 }) // an unknown fault was refused above
    await finish(ctx, await signIn(details, subjectOf(person)))
    await takeOver(details, subjectOf(person))
  }

  function showPage(ctx: Context, { params }: Interaction): void {
    const scopes = text(params['scope']).split(' ')
    const page = pickingPage({ people, clientId: text(params['client_id']), scopes })
    sendPage(ctx, `Sign in with ${profile.title}`, page, text(params['redirect_uri']))
  }

  /** Signs the person in, and grants the requested scopes to the client. */
  async function signIn({ params }: Interaction, subject: string): Promise<InteractionResults> {
    const { Grant } = provider()
    const grant = new Grant({ accountId: subject, clientId: text(params['client_id']) })
    grant.addOIDCScope(text(params['scope']))
    return { login: { accountId: subject }, consent: { grantId: await grant.save() }, select_account: {} }
  }

  // Replaces the person of the session. Otherwise oidc-provider would make the browser end the session first, with a script.
  async function takeOver({ session }: Interaction, subject: string): Promise<void> {
    const previous = session?.uid === undefined ? undefined : await provider().Session.findByUid(session.uid)
    if (!previous || previous.accountId === subject) return
    previous.authorizations = {}
    previous.accountId = subject
    await previous.persist()
  }

  async function finish(ctx: Context, result: InteractionResults): Promise<void> {
    ctx.status = 303
    ctx.redirect(await provider().interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: false }))
  }
}

function text(parameter: unknown): string {
  return typeof parameter === 'string' ? parameter : ''
}

function tooLate(ctx: Context): void {
  ctx.status = 400
  sendPage(ctx, 'This page is no longer valid', '<p>Go back to the application and sign in again.</p>')
}
