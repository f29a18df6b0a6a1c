// The parts of a soak: the server, its databases, issuers and providers, and the load.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type DevProvider, defaultClient, devProvider, type Person } from '@latchkey/dev-provider'
import { hashPassword } from '@latchkey/passwords'
import { generateClientSecret } from '@latchkey/token-endpoint'
import { postgres, redis, type TestDatabase } from '../databases.ts'
import { layWire, type Wire } from '../faults/wire.ts'
import { type Client, clientOf } from './client.ts'
import { fails } from './endpoint.ts'
import type { World } from './flow.ts'
import { flows } from './flows.ts'
import { type Introspection, startIntrospection } from './introspection.ts'
import { type Issuer, startIssuer } from './issuer.ts'
import { type Load, startLoad } from './load.ts'
import { type Order, type State, type Switches, usualSwitches } from './order.ts'
import { type ServerProcess, startServer } from './server-process.ts'
import { several } from './several.ts'
import { steadyPort } from './steady-port.ts'
import { stockOf } from './stock.ts'
import { PASSWORD } from './token-requests.ts'

/** The issuers that only one fault uses. */
const issuerNames = ['cold', 'hanging', 'outage', 'rotating', 'flooded', 'malformed', 'resetting'] as const
/** How many issuers send malformed keys. */
const MALFORMED = 7
const ENOUGH = 40

const people: readonly Person[] = [
  { id: 'ada', name: 'Ada Lovelace', email: 'ada@example.com' },
  { id: 'grace', name: 'Grace Hopper', email: 'grace@example.net' },
  { id: 'alan', name: 'Alan Turing', email: 'alan@example.org', emailVerified: false },
  { id: 'namesake', name: 'Ada Lovelace', email: 'ada@example.com' },
  { id: 'long', subject: 'a'.repeat(300), name: 'A Subject of 300 Characters' }
]

type IssuerName = (typeof issuerNames)[number]

export interface Soak {
  readonly world: World
  readonly order: Order
  readonly client: Client
  readonly load: Load
  readonly introspection: Introspection
  readonly issuers: Readonly<Record<IssuerName, Issuer>>
  readonly malformed: readonly Issuer[]
  /** The wire to PostgreSQL, and the one to Redis. */
  readonly wires: { readonly tokens: Wire; readonly sessions: Wire }
  readonly tokens: TestDatabase
  /** How many requests a flood has. */
  readonly flood: number
  /** Owns what a fault opens. */
  readonly owner: Owner
  /** Returns the report of the server about itself. Rejections without a handler in it are kept in `unhandled`. */
  state(): Promise<State>
  readonly unhandled: string[]
  /** Sets these switches, and the others as usual. */
  set(switches?: Partial<Switches>): Promise<void>
  server(): ServerProcess
  /** Ends the process by a signal. Returns its exit code or signal. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | string>
  /** Whether the process has ended, and no other one was started. */
  isDown(): boolean
  /** Starts a process in place of the ended one. */
  start(): Promise<void>
  /** How processes ended without being asked to. */
  readonly died: readonly (number | string)[]
  close(): Promise<void>
}

/** Closes what it owns, the last first. */
interface Owner {
  teardown(end: () => unknown): void
  testdir(): string
}

export async function startSoak(flood: number): Promise<Soak> {
  const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-soak-'))
  const ends: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })]
  const owner: Owner = { teardown: (end) => void ends.unshift(end), testdir: () => folder }
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0)) await end()
  }
  try {
    return await built(owner, flood, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function built(owner: Owner, flood: number, close: Soak['close']): Promise<Soak> {
  const port = await steadyPort()
  const origin = `http://localhost:${port}`
  const [tokens, sessions] = [await postgres.open(owner), await redis.open(owner)]
  const wires = { tokens: await layWire(owner, postgres.port), sessions: await layWire(owner, redis.port) }
  const main = await openIssuer(owner)
  const issuers = Object.fromEntries(
    await Promise.all(issuerNames.map(async (name) => [name, await openIssuer(owner)] as const))
  ) as Record<IssuerName, Issuer> // one entry for each name
  issuers.cold.behave(fails)
  const malformed = await several(MALFORMED, () => openIssuer(owner))
  const introspection = await startIntrospection()
  owner.teardown(() => introspection.close())
  const providers = { oidc: await openProvider(owner, 'oidc'), discord: await openProvider(owner, 'discord') }
  const [job, api] = [generateClientSecret(), generateClientSecret()]
  const secret = (): string => randomBytes(32).toString('base64url')
  const order: Order = {
    origin,
    port,
    tokens: tokens.placeAt(wires.tokens.port),
    sessions: sessions.placeAt(wires.sessions.port),
    accounts: { DATABASE_FILE: path.join(owner.testdir(), 'accounts.sqlite') },
    sessionSecrets: [secret(), secret()],
    keySecret: secret(),
    jobSecretHash: job.clientSecretHash,
    apiSecretHash: api.clientSecretHash,
    passwordHash: await hashPassword(PASSWORD),
    issuers: [main, ...Object.values(issuers), ...malformed]
      .map(({ issuer, jwksUri }) =>
        malformed.some((each) => each.issuer === issuer) ? { issuer, jwksUri } : { issuer }
      )
      .concat({ issuer: 'https://nowhere.invalid' }),
    opaque: introspection,
    providers: [
      ...Object.entries(providers).map(([name, { profile, issuer, clientId, clientSecret }]) => ({
        name,
        profile: profile === 'discord' ? profile : ('oidc' as const),
        issuer,
        clientId,
        clientSecret
      })),
      // It is not there yet.
      { name: 'late', profile: 'oidc', issuer: `http://127.0.0.1:${await steadyPort()}`, ...defaultClient }
    ]
  }
  const stock = await stockOf(main, introspection)
  const world: World = {
    origin,
    port,
    stock,
    main,
    introspection,
    providers,
    jobSecret: job.clientSecret,
    apiSecret: api.clientSecret
  }
  const client = clientOf(port)
  owner.teardown(() => client.close())
  const unhandled: string[] = []
  const died: (number | string)[] = []
  let [server, isEnding, isDown] = [await startServer(order), false, false]
  watch()
  owner.teardown(async () => {
    isEnding = true
    await server.end('SIGKILL')
  })
  const load = startLoad(world, client, flows)
  owner.teardown(() => load.stop())
  await fill(load, stock)
  return {
    world,
    order,
    client,
    load,
    introspection,
    issuers,
    malformed,
    wires,
    tokens,
    flood,
    owner,
    unhandled,
    died,
    server: () => server,
    async state() {
      const state = await server.state()
      unhandled.push(...state.unhandled)
      return state
    },
    set: (switches = {}) => server.set({ ...usualSwitches, ...switches }),
    isDown: () => isDown,
    async end(signal) {
      isEnding = true
      return server.end(signal)
    },
    async start() {
      server = await startServer(order)
      isEnding = isDown = false
      watch()
    },
    close
  }

  function watch(): void {
    const watched = server
    void watched.ended.then((end) => {
      isDown = true
      if (!isEnding) died.push(end)
    })
  }
}

async function openIssuer(owner: Owner): Promise<Issuer> {
  const issuer = await startIssuer()
  owner.teardown(() => issuer.close())
  return issuer
}

async function openProvider(owner: Owner, profile: 'discord' | 'oidc'): Promise<DevProvider> {
  const provider = await devProvider({ profile, ...(profile === 'oidc' && { people }) })
  owner.teardown(() => provider.close())
  return provider
}

/** Makes tokens and sessions for the requests to come. */
async function fill(load: Load, { families, sessions }: World['stock']): Promise<void> {
  const named = (name: string) => flows.filter((flow) => flow.name.startsWith(name))
  while (families.size < ENOUGH) await Promise.all(named('password, right').map(load.attempt))
  while (sessions.size < ENOUGH) await Promise.all(named('sign-in').map(load.attempt))
}
