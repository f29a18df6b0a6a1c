import Fastify, {
  type FastifyInstance,
  type FastifyServerOptions,
  type InjectOptions,
  type LightMyRequestResponse
} from 'fastify'
import type { Test } from 'tap'
import type { Store } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import login, { type LoginOptions, oidc, type Provider } from '@latchkey/login'
import { CookieJar } from './cookie-jar.ts'
import { type FakeProvider, fakeProvider } from './fake-provider.ts'
import { type FakeSession, type FakeSessionOptions, fakeSession } from './fake-session.ts'

export const origin = 'https://app.example.com'

/** The header that a browser sends for a page. */
export const page = { accept: 'text/html' }

export interface Server {
  readonly app: FastifyInstance
  readonly store: Store
  /** All sessions, by their identifiers. */
  readonly sessions: Map<string, FakeSession>
  browser(): Browser
}

/** A client with cookies. */
export interface Browser {
  readonly jar: CookieJar
  get(url: string, options?: InjectOptions): Promise<LightMyRequestResponse>
  post(url: string, form?: Record<string, string>, options?: InjectOptions): Promise<LightMyRequestResponse>
  /** Goes to a provider, agrees, and returns. */
  login(provider: FakeProvider, url?: string): Promise<LightMyRequestResponse>
  /** The session of this browser, if it has one. */
  readonly session: FakeSession | undefined
}

interface Setting {
  readonly fastify?: FastifyServerOptions
  readonly prefix?: string
  readonly withSession?: boolean
  /** The attributes of the session's cookie. */
  readonly cookie?: FakeSessionOptions['cookie']
  /** Whether a given store has its own clock. Default: it uses the time of the server. */
  readonly ownTime?: boolean
  /** Adds routes before the server starts. */
  readonly prepare?: (app: FastifyInstance) => void
}

/** A server with a login, and a session plugin unless disabled. It is closed after the test. */
export async function server(
  t: Test,
  options: Partial<LoginOptions> & Pick<LoginOptions, 'providers'>,
  { fastify = {}, prefix = '', withSession = true, ownTime = false, cookie, prepare = () => undefined }: Setting = {}
): Promise<Server> {
  const app = Fastify(fastify)
  t.teardown(() => app.close())
  const store = memoryStore(options.now && { now: options.now })
  const sessions = new Map<string, FakeSession>()
  const fake = { origin, sessions, ...(options.now && { now: options.now }), ...(cookie && { cookie }) }
  if (withSession) await app.register(fakeSession, fake)
  let within: FastifyInstance = app
  await app.register(
    async (child) => {
      within = child
      await child.register(login, { store, ...options, ...(ownTime ? {} : atTimeOf(options)) })
      prepare(child)
    },
    { prefix }
  )
  await app.ready()
  return { app: within, store, sessions, browser: () => browser(app, sessions) }
}

// A store of the test uses the time of the server.
function atTimeOf({ store, now }: Partial<LoginOptions>): Partial<LoginOptions> {
  return store && now ? { store: { ...store, clock: { now, async read() {} } } } : {}
}

/** An OpenID provider, its data, and a server with a login at it. */
export async function started(
  t: Test,
  options: Partial<LoginOptions> = {},
  data: Partial<Provider> = {}
): Promise<Server & { readonly provider: FakeProvider }> {
  const provider = await fakeProvider(t)
  return { provider, ...(await server(t, { providers: [{ ...house(provider), ...data }], ...options })) }
}

/** The data of an OpenID provider. */
export function house({ issuer }: FakeProvider, name = 'house'): Provider {
  return oidc({ name, issuer, clientId: 'app', clientSecret: 'opensesame' })
}

function browser(app: FastifyInstance, sessions: Map<string, FakeSession>): Browser {
  const jar = new CookieJar()

  const send = async (request: InjectOptions): Promise<LightMyRequestResponse> => {
    const cookie = jar.header === '' ? {} : { cookie: jar.header }
    const answer = await app.inject({ ...request, headers: { ...page, ...cookie, ...request.headers } })
    jar.take(answer)
    return answer
  }
  const get: Browser['get'] = (url, options = {}) => send({ ...options, method: 'GET', url })
  const post: Browser['post'] = (url, form = {}, { headers, ...options } = {}) =>
    send({
      ...options,
      method: 'POST',
      url,
      payload: new URLSearchParams(form).toString(),
      headers: known({
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
        ...headers
      })
    })
  return {
    jar,
    get,
    post,
    async login(provider, url = '/login') {
      const { headers } = await get(url)
      return await get(pathOf(provider.agree(String(headers.location))))
    },
    get session() {
      return sessions.get(jar.cookies.get('session') ?? '')
    }
  }
}

/** A URL without its origin. */
export function pathOf({ pathname, search }: URL): string {
  return pathname + search
}

// A test removes a header with `undefined`, which inject() would send.
function known(headers: InjectOptions['headers'] & object): InjectOptions['headers'] & object {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined))
}
