// Providers that fail during logins, and browsers that come back in unusual ways.
import { equal, match, notEqual, ok } from 'node:assert/strict'
import { devProvider } from '@latchkey/dev-provider'
import { type Answer, cookiesOf } from '../client.ts'
import { startLogin, type StartedLogin } from '../logins.ts'
import type { Soak } from '../soak.ts'
import { becomes, type Fault, statuses, timed } from './fault.ts'

const LOGIN = 'login with a provider'
const page = { accept: 'text/html' }

async function started({ client, world }: Soak, person = 'ada'): Promise<StartedLogin> {
  const login = await startLogin((request) => client.ask(request), 'oidc', world.providers.oidc, person)
  if (login === null) throw new Error('the login does not start')
  return login
}

function hasNoSession(answer: Answer): void {
  ok(!/__Host-session=[^;]/.test(cookiesOf(answer)), 'there is a session')
}

function isErrorPage(answer: Answer, status: number): void {
  equal(answer.status, status)
  match(String(answer.headers['content-type']), /^text\/html/)
  match(answer.body, /href="\/login/)
  equal(answer.headers['location'], undefined)
}

/** The subject of the session that a login starts. */
async function subjectOf(soak: Soak, person: string): Promise<string> {
  const answer = await soak.client.ask((await started(soak, person)).callback)
  equal(answer.status, 303)
  return (await soak.client.ask({ path: '/me', headers: { cookie: cookiesOf(answer) } })).body
}

const downAtBoot: Fault = {
  number: 1,
  injected: 'a provider does not listen from the start of the server on',
  expected: 'its login is 503 with `Retry-After`; logins with another provider work; its login works when it listens',
  async inject(soak) {
    const down = await soak.client.ask({ path: '/login/late', headers: page })
    equal(down.status, 503)
    match(String(down.headers['retry-after']), /^\d+$/)
    const other = await soak.client.ask((await started(soak)).callback)
    equal(other.status, 303)
    const { issuer = '' } = soak.order.providers.find(({ name }) => name === 'late') ?? {}
    const late = await devProvider({ port: Number(new URL(issuer).port) })
    soak.owner.teardown(() => late.close())
    const seconds = await becomes(303, () => soak.client.ask({ path: '/login/late', headers: page }))
    return `${down.status}; other provider: ${other.status}; 303 after ${seconds} s with the provider up`
  }
}

const brokenTokenEndpoint: Fault = {
  number: 8,
  injected: 'the token endpoint of a provider answers 503 and then HTML; later it does not answer for 20 seconds',
  expected: '502 with a page that leads to a new login, no session, and the code is sent once; 504 after 5 seconds',
  async inject(soak) {
    return soak.load.without([LOGIN], async () => {
      const { faults } = soak.world.providers.oidc
      const seen: string[] = []
      try {
        for (const name of ['unavailable', 'html'] as const) {
          const { callback } = await started(soak)
          faults.set(name, { endpoint: 'token', times: 2 })
          const answer = await soak.client.ask(callback)
          isErrorPage(answer, 502)
          hasNoSession(answer)
          equal(faults.active.find((each) => each.name === name)?.times, 1, 'the code was not sent once')
          faults.clear()
          seen.push(`${answer.status}`)
        }
        const { callback } = await started(soak)
        faults.set('slow', { endpoint: 'token', delay: 20_000 })
        const { result, took } = await timed(() => soak.client.ask(callback))
        faults.clear()
        isErrorPage(result, 504)
        hasNoSession(result)
        ok(took < 6_500, `${took} ms`)
        await subjectOf(soak, 'ada')
        return `${seen.join(', ')}, then ${result.status} after ${took} ms; the next login succeeds`
      } finally {
        faults.clear()
      }
    })
  }
}

const callbacks: Fault = {
  number: 31,
  injected: 'a callback without its cookie, one with a wrong state, a repeated callback, and two logins at once',
  expected: '400 with a page that leads to a new login, and no redirect; both logins of two tabs succeed',
  async inject(soak) {
    const [one, two] = [await started(soak), await started(soak, 'grace')]
    const without = await soak.client.ask({ ...one.callback, headers: page })
    const wrong = await soak.client.ask({ ...one.callback, path: one.callback.path.replace(/state=[^&]*/, 'state=a') })
    const headers = { ...page, cookie: `${one.cookie}; ${two.cookie}` }
    const tabs = await Promise.all([one, two].map(({ callback }) => soak.client.ask({ ...callback, headers })))
    const again = await soak.client.ask(one.callback)
    for (const answer of [without, wrong, again]) isErrorPage(answer, 400)
    equal(statuses(tabs), '303 × 2')
    return `errors: ${statuses([without, wrong, again])}; two tabs: ${statuses(tabs)}`
  }
}

const subjects: Fault = {
  number: 32,
  injected: 'a provider sends another subject with a known e-mail address, and a subject of 300 characters',
  expected: 'the other subject gets an account of its own; the long subject is an error without a session',
  async inject(soak) {
    const [ada, again, namesake] = [
      await subjectOf(soak, 'ada'),
      await subjectOf(soak, 'ada'),
      await subjectOf(soak, 'namesake')
    ]
    equal(ada, again)
    notEqual(ada, namesake)
    const long = await soak.client.ask((await started(soak, 'long')).callback)
    isErrorPage(long, 502)
    hasNoSession(long)
    return `one account for each of two subjects with one address; long subject: ${long.status}`
  }
}

export const providers: readonly Fault[] = [downAtBoot, brokenTokenEndpoint, callbacks, subjects]
