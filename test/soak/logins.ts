// Logins with the imitated providers.
import type { DevProvider } from '@latchkey/dev-provider'
import { type Answer, cookiesOf, type Request } from './client.ts'
import type { Flow } from './flow.ts'

const PEOPLE = ['ada', 'grace', 'alan']

/** A login that waits for the callback of the provider. */
export interface StartedLogin {
  readonly cookie: string
  readonly callback: Request
}

/** Starts a login and goes through the pages of the provider as a person. `null` if the login does not start. */
export async function startLogin(
  ask: (request: Request) => Promise<Answer>,
  name: string,
  provider: DevProvider,
  person: string
): Promise<StartedLogin | null> {
  const answer = await ask({ path: `/login/${name}`, headers: { accept: 'text/html' } })
  if (answer.status !== 303) return null
  const url = await provider.authorize(String(answer.headers['location']), person)
  const cookie = cookiesOf(answer)
  return { cookie, callback: { path: url.pathname + url.search, headers: { accept: 'text/html', cookie } } }
}

const login: Flow = {
  name: 'login with a provider',
  share: 6,
  allowed: [303],
  proves: true,
  async run({ send, providers, stock, count }) {
    const name = Math.random() < 0.5 ? 'oidc' : 'discord'
    const person = PEOPLE[Math.floor(Math.random() * PEOPLE.length)] ?? ''
    const started = await startLogin(send, name, providers[name], person).catch(() => {
      // The pages of the provider did not lead back.
      count(502)
      return null
    })
    if (!started) return
    const answer = await send(started.callback)
    if (answer.status !== 303) return
    const cookie = cookiesOf(answer)
      .split('; ')
      .filter((each) => each.startsWith('__Host-session='))
      .join()
    const me = await send({ path: '/me', headers: { cookie } }, [200])
    if (me.status === 200) stock.sessions.put(cookie)
  }
}

export const logins: readonly Flow[] = [
  login,
  {
    name: 'callback without a login',
    share: 20,
    allowed: [400],
    run: ({ send }) => send({ path: '/login/oidc/callback?code=a&state=b', headers: { accept: 'text/html' } })
  },
  {
    name: 'login page',
    share: 20,
    allowed: [200],
    run: ({ send }) => send({ path: '/login', headers: { accept: 'text/html' } })
  }
]
