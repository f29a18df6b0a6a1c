import { type Contender, sendsNew } from './contender.ts'
import { reference } from './contenders/index.ts'
import { connections, type Headers, requestText, type Target } from './load.ts'
import { algorithmOf, headersWith, prove } from './proof.ts'
import { type ServerProcess, serverProcess } from './server-process.ts'
import type { TokenIssuer } from './tokens.ts'

/** Something that can be measured: where it is, and the process that pays for it. */
export interface Runner {
  readonly target: Target
  readonly server: ServerProcess
}

/** A contender that has proved what it is, with the bare route that it is held against. */
export interface Entrant extends Runner {
  readonly contender: Contender
  readonly bare: Runner
  /** Headers for as many requests: all the same, or a new token in each. */
  headers(count: number): Promise<readonly Headers[]>
}

/** The bare routes, by the status of their answers. */
export type BareRoutes = ReadonlyMap<number, Runner>

export async function bareRoutes(issuer: TokenIssuer): Promise<BareRoutes> {
  const server = await serverProcess({ names: [reference.name], keys: issuer.keys })
  const runner = async (status: number): Promise<[number, Runner]> => {
    const url = new URL(`/${status}`, server.servers[0]?.url)
    const response = await fetch(url)
    if (response.status !== status) throw new Error(`the bare route ${status} answered ${response.status}`)
    return [status, { target: { url, status, body: await response.text() }, server }]
  }
  return new Map(await Promise.all([200, 401, 403].map(runner)))
}

/** @throws AssertionError when the contender does not answer as it must */
export async function entrant(
  contender: Contender,
  { server, at }: { readonly server: ServerProcess; readonly at: number },
  routes: BareRoutes,
  issuer: TokenIssuer
): Promise<Entrant> {
  const { token = {}, status = 200 } = contender
  const started = server.servers[at]
  const route = routes.get(status)
  if (!started || !route) throw new Error(`${contender.name} was not started`)
  const algorithm = algorithmOf(contender)
  const one = async (): Promise<Headers> => {
    if (algorithm) return headersWith(await issuer.token(algorithm, token))
    return started.cookie === undefined ? {} : { cookie: started.cookie }
  }
  const first = await one()
  return {
    contender,
    target: await prove(contender, started.url, first, issuer),
    server,
    bare: route,
    headers: (count) =>
      sendsNew(contender)
        ? Promise.all(Array.from({ length: count }, one))
        : Promise.resolve(Array.from({ length: count }, () => first))
  }
}

/** Microseconds of CPU per request. The first requests of each connection go before. */
export async function cost({ target, server }: Runner, headers: readonly Headers[]): Promise<number> {
  const requests = headers.map((each) => requestText(target, each))
  const first = requests.splice(0, BEFORE)
  const open = await connections(target)
  try {
    await open.send(first)
    const before = await server.usage()
    await open.send(requests)
    const after = await server.usage()
    return (after.microseconds - before.microseconds) / requests.length
  } finally {
    open.close()
  }
}

/** How many of the requests are not counted. */
export const BEFORE = 64
