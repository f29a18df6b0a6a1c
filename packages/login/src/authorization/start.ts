import { type ButtonBrand, html, type Markup, type PartContent, type ProviderChoice, type Texts } from '@latchkey/pages'
import { safeReturnTo } from '@latchkey/guard'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { authorizationRequest, type Prompt } from './request.ts'
import type { LoginDependencies } from './dependencies.ts'
import { only } from './parameters.ts'
import type { RelyingParty } from '../provider-client/relying-party.ts'
import type { Provider } from '../providers/provider.ts'
import type { CurrentSession } from '../session.ts'

// Several logins can be under way, each with its target in a cookie, and a server accepts 16 KiB of headers.
const LONGEST_RETURN_TO = 512
const LONGEST_LOGIN_HINT = 256
const PROMPTS: readonly Prompt[] = ['login', 'select_account', 'consent']

/**
 * Redirects the browser to a provider. Creates only a transaction: no session and no link.
 *
 * @param asker - the session whose account gets the identity; `null` for a login
 */
export async function start(
  context: LoginDependencies,
  party: RelyingParty,
  request: FastifyRequest,
  reply: FastifyReply,
  asker: CurrentSession | null = null
): Promise<FastifyReply> {
  const { options, sessions, transactions } = context
  const asked = { ...(request.query as object), ...(request.body as object | undefined) } // parsed, with any content
  const returnTo = safeReturnTo(only(asked, 'returnTo'), options.origin, options.returnTo)
  const intent = {
    returnTo: returnTo.length > LONGEST_RETURN_TO ? options.returnTo : returnTo,
    link: asker?.subject ?? null,
    prompt: promptIn(asked),
    loginHint: asker === null ? loginHintIn(request.query) : null
  }
  const { url, transaction } = await authorizationRequest(party, intent, options.now() / 1000)
  const replaces = asker === null ? await sessions?.presented(request) : null
  const begun = { ...transaction, ...(asker !== null && { session: asker.id }), ...(replaces && { replaces }) }
  await transactions.begin(request, reply, begun, party.provider.responseMode === 'form_post')
  return reply.redirect(url, 303)
}

/**
 * Returns a link for each provider. The links keep `returnTo` and `prompt`.
 *
 * @param asked - the parameters of the page, unchecked
 */
export function choices(
  { options, parties, urls }: LoginDependencies,
  asked: unknown,
  { login: { logInWith } }: Texts
): PartContent {
  const returnTo = only(asked, 'returnTo')
  const prompt = promptIn(asked)
  const passedOn = new URLSearchParams({
    ...(returnTo !== undefined && { returnTo: safeReturnTo(returnTo, options.origin, options.returnTo) }),
    ...(prompt !== null && { prompt })
  })
  const query = passedOn.size === 0 ? '' : `?${passedOn.toString()}`
  const choice = ({ name, displayName = name, mark }: Provider): Choice => {
    const brand = mark?.brand ?? null
    const text = logInWith({ name: displayName, brand })
    const svg = mark === undefined ? null : { markup: mark.svg }
    return { name, displayName, url: urls.provider(name) + query, text, mark: svg, brand }
  }
  const providers = [...parties.values()].map(({ provider }) => choice(provider))
  return {
    ...html`<ul class="choices">${providers.map(linkOf)}</ul>`,
    providers: providers.map(({ name, displayName, url, text, mark }) => ({ name, displayName, url, text, mark }))
  }
}

interface Choice extends ProviderChoice {
  readonly brand: ButtonBrand | null
}

function linkOf({ url, text, mark, brand }: Choice): Markup {
  const shown = mark === null ? html`` : html`<span class="mark" aria-hidden="true">${mark}</span>`
  return html`<li><a class="button${brand === null ? '' : ` ${brand}`}" href="${url}">${shown}${text}</a></li>`
}

function promptIn(asked: unknown): Prompt | null {
  const wanted = only(asked, 'prompt')
  return PROMPTS.find((prompt) => prompt === wanted) ?? null
}

function loginHintIn(query: unknown): string | null {
  const hint = only(query, 'login_hint')
  return hint === undefined || hint.length > LONGEST_LOGIN_HINT || /\p{Cc}/u.test(hint) ? null : hint
}
