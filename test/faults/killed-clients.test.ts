import { rejectsLike } from '@latchkey/exact'
import { generateSigningKey } from '@latchkey/token-endpoint'
import t, { type Test } from 'tap'
import { openStorage } from '../../examples/storage.ts'
import { authorizationUrl, statusOfItems } from '../authorization/client.ts'
import {
  askedAbout,
  begin,
  confirmDevice,
  decideDevice,
  deviceSettings,
  openDevice,
  poll
} from '../authorization/device.ts'
import { openPushed, push, pushedSettings } from '../authorization/pushed.ts'
import { manage, register, registrationSettings } from '../authorization/registration.ts'
import { app, buildServer, type Settings } from '../authorization/server.ts'
import { mariadb, postgres, redis, sqlite } from '../databases.ts'
import { visitor } from '../visitor.ts'
import type { Stop } from './standing-store.ts'
import { startProcess } from './served-issuers.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(300_000)

/** A step that a process begins and does not survive. */
interface Killed {
  readonly stop: Stop
  /**
   * Goes up to the step at a server that lives, and then takes it at the one that does not. Returns the answer that never comes,
   * and a function that goes on at the server that lives.
   */
  begin(dying: string, living: string): Promise<{ readonly answer: Promise<unknown>; goOn(t: Test): Promise<void> }>
}

function killed<State>(
  stop: Stop,
  prepare: (living: string) => Promise<State>,
  step: (dying: string, state: State) => Promise<unknown>,
  goOn: (t: Test, living: string, state: State) => Promise<void>
): Killed {
  return {
    stop,
    async begin(dying, living) {
      const state = await prepare(living)
      return { answer: step(dying, state), goOn: async (t) => goOn(t, living, state) }
    }
  }
}

const nothing = async (): Promise<void> => {}

// A client whose request got no answer sends it again.

async function pushesAgain(t: Test, origin: string): Promise<void> {
  const { status, requestUri } = await push(origin)
  t.equal(status, 201)
  const page = await openPushed(origin, requestUri)
  t.same([page.status, new URL(page.url).pathname], [200, '/login'])
}

async function registersAgain(t: Test, origin: string): Promise<void> {
  const { status, body } = await register(origin)
  t.equal(status, 201)
  t.equal(await manage(origin, 'GET', body), 200)
  const page = await visitor().get(authorizationUrl(origin, { client_id: body.client_id }))
  t.same([page.status, new URL(page.url).pathname], [200, '/login'])
}

async function beginsAgain(t: Test, origin: string): Promise<void> {
  const { status, body } = await begin(origin)
  t.equal(status, 200)
  const browser = await askedAbout(origin, body)
  t.equal((await decideDevice(browser, origin, body)).status, 200)
  const tokens = await poll(origin, body)
  t.equal(tokens.status, 200)
  t.equal(await statusOfItems(origin, tokens.body.access_token), 200)
}

const pushed: readonly Killed[] = [
  killed('before creating pushed-request', nothing, push, pushesAgain),
  killed('after creating pushed-request', nothing, push, pushesAgain),
  killed(
    'before removing pushed-request',
    push,
    async (dying, { requestUri }) => openPushed(dying, requestUri),
    async (t, living, { requestUri }) => {
      const page = await openPushed(living, requestUri)
      t.same([page.status, new URL(page.url).pathname], [200, '/login'])
    }
  ),
  killed(
    'after removing pushed-request',
    push,
    async (dying, { requestUri }) => openPushed(dying, requestUri),
    async (t, living, { requestUri }) => {
      const page = await openPushed(living, requestUri)
      t.same([page.status, new URL(page.url).pathname], [400, '/authorize'])
      await pushesAgain(t, living)
    }
  )
]

const registrations: readonly Killed[] = [
  killed('before creating client', nothing, register, registersAgain),
  killed('after creating client', nothing, register, registersAgain),
  killed(
    'before removing client',
    register,
    async (dying, { body }) => manage(dying, 'DELETE', body),
    async (t, living, { body }) => {
      t.equal(await manage(living, 'GET', body), 200)
      t.equal(await manage(living, 'DELETE', body), 204)
    }
  ),
  killed(
    'after removing client',
    register,
    async (dying, { body }) => manage(dying, 'DELETE', body),
    async (t, living, { body }) => {
      t.equal(await manage(living, 'GET', body), 401)
      await registersAgain(t, living)
    }
  )
]

const asked = async (living: string) => {
  const { body: codes } = await begin(living)
  return { codes, browser: await askedAbout(living, codes) }
}

const devices: readonly Killed[] = [
  killed('before creating user-code', nothing, begin, beginsAgain),
  killed('after creating user-code', nothing, begin, beginsAgain),
  killed('before creating device-code', nothing, begin, beginsAgain),
  killed('after creating device-code', nothing, begin, beginsAgain),
  ...(['before', 'after'] as const).map((moment) =>
    killed(
      `${moment} replacing user-code`,
      async (living) => {
        const [{ body: codes }, browser] = [await begin(living), visitor()]
        await openDevice(browser, living, codes)
        return { codes, browser }
      },
      async (dying, { codes, browser }) => confirmDevice(browser, dying, codes),
      async (t, living, { codes, browser }) => {
        t.equal((await confirmDevice(browser, living, codes)).status, 200)
        t.equal((await decideDevice(browser, living, codes)).status, 200)
        t.equal((await poll(living, codes)).status, 200)
      }
    )
  ),
  ...(['before', 'after'] as const).map((moment) =>
    killed(
      `${moment} replacing device-code`,
      async (living) => (await begin(living)).body,
      poll,
      async (t, living, codes) => {
        const { status, body } = await poll(living, codes)
        t.equal(status, 400)
        t.ok(['authorization_pending', 'slow_down'].includes(body.error ?? ''), body.error ?? 'no error')
        t.equal((await decideDevice(await askedAbout(living, codes), living, codes)).status, 200)
        t.equal((await poll(living, codes)).status, 200)
      }
    )
  ),
  ...(['before creating', 'after creating', 'before replacing'] as const).map((moment) =>
    killed(
      `${moment} device-decision`,
      asked,
      async (dying, { codes, browser }) => decideDevice(browser, dying, codes),
      async (t, living, { codes, browser }) => {
        t.equal((await poll(living, codes)).status, 400, 'the decision does not count')
        t.equal((await decideDevice(browser, living, codes)).status, 200)
        t.equal((await poll(living, codes)).status, 200)
      }
    )
  ),
  killed(
    'after replacing device-decision',
    asked,
    async (dying, { codes, browser }) => decideDevice(browser, dying, codes),
    async (t, living, { codes, browser }) => {
      t.equal((await decideDevice(browser, living, codes)).status, 410, 'the decision counts')
      t.equal((await poll(living, codes)).status, 200)
    }
  )
]

const allowed = async (living: string) => {
  const { codes, browser } = await asked(living)
  await decideDevice(browser, living, codes)
  return codes
}

const exchanges: readonly Killed[] = [
  killed('before replacing device-decision', allowed, poll, async (t, living, codes) => {
    const tokens = await poll(living, codes)
    t.equal(tokens.status, 200)
    t.equal(await statusOfItems(living, tokens.body.access_token), 200)
  }),
  killed('after replacing device-decision', allowed, poll, async (t, living, codes) => {
    const { status, body } = await poll(living, codes)
    t.equal(status, 400, 'the code was used')
    t.ok(['slow_down', 'invalid_grant'].includes(body.error ?? ''), body.error ?? 'no error')
    await beginsAgain(t, living)
  })
]

const flows = {
  'a pushed request': pushed,
  'a registration': registrations,
  'a device': devices,
  'the tokens of a device': exchanges
}
const steps = Object.entries(flows).flatMap(([flow, all]) => all.map((step) => ({ ...step, flow })))
const authorizes: Settings = {
  clients: [app, ...(deviceSettings.clients ?? [])],
  endpoint: { ...pushedSettings.endpoint, ...registrationSettings.endpoint, ...deviceSettings.endpoint }
}

for (const { name, skip, open } of [postgres, mariadb, redis, sqlite]) {
  t.test(
    `a process with its records in ${name} is killed during the requests of clients and devices`,
    { skip },
    async (t) => {
      const [database, key] = [await open(t), await generateSigningKey()]
      const store = await openStorage(database.placeAt())
      t.teardown(() => store.close())
      const server = await buildServer(store, key, authorizes)
      t.teardown(() => server.close())
      const living = await server.listen({ port: 0, host: '127.0.0.1' })
      const servers = steps.map(({ stop }) => ({ gracePeriod: 0, authorizes, stop }))
      const worker = await startProcess(t, { place: database.placeAt(), key, servers })

      const begun: Awaited<ReturnType<Killed['begin']>>[] = []
      const lost: Promise<unknown>[] = []
      for (const [at, { begin: take }] of steps.entries()) {
        const stopped = worker.stopped()
        const step = await take(worker.origins[at] ?? '', living)
        lost.push(rejectsLike(t, step.answer, {}, 'there is no answer'))
        await stopped
        begun.push(step)
      }
      await worker.kill()
      await Promise.all(lost)

      for (const [at, { stop, flow }] of steps.entries()) {
        await t.test(`${flow}, ${stop}: nothing that was answered is lost, and it can go on (FAULT-16)`, async (t) => {
          await begun[at]?.goOn(t)
        })
      }
    }
  )
}
