import dns from 'node:dns'
import net, { type LookupFunction } from 'node:net'
import { fetchJson, issuerMetadata, remoteKeySet } from '@latchkey/issuer'
import t, { type Test } from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { json, upstream } from './fixtures/upstream.ts'

type Answer = readonly { readonly address: string; readonly family: number }[]
type Callback = (error: Error | null, addresses: Answer) => void

const refused = { code: 'LATCHKEY_UPSTREAM_REFUSED_URL', statusCode: 503 }

for (const host of [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '192.0.2.1',
  '192.168.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '[::]',
  '[::1]',
  '[::127.0.0.1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:169.254.169.254]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[fc00::1]',
  '[fe80::1]',
  '[ff02::1]',
  '[4000::1]'
]) {
  t.test(`blockSpecialUse refuses ${host} (SEC-140)`, async (t) => {
    await rejectsLike(t, fetchJson(`https://${host}/`, { blockSpecialUse: true }), refused)
  })
}

t.test('blockSpecialUse refuses loopback over http (SEC-140)', async (t) => {
  const server = await upstream(t, json({ keys: [] }))
  t.same((await fetchJson(server.origin)).body, { keys: [] })
  const byName = server.origin.replace('127.0.0.1', 'localhost')
  for (const origin of [server.origin, byName]) {
    await rejectsLike(t, fetchJson(origin, { blockSpecialUse: true }), refused)
    await rejectsLike(t, issuerMetadata(origin, { blockSpecialUse: true }).get(), refused)
    await rejectsLike(t, remoteKeySet(origin, { blockSpecialUse: true }).find({ alg: 'ES256' }), refused)
  }
  t.equal(server.asked.length, 1)
})

for (const [name, addresses] of [
  ['a special-use address', [{ address: '127.0.0.1', family: 4 }]],
  ['a mapped IPv4 address', [{ address: '::ffff:127.0.0.1', family: 6 }]],
  [
    'a public and a special-use address',
    [
      { address: '93.184.215.14', family: 4 },
      { address: '10.0.0.1', family: 4 }
    ]
  ],
  ['an invalid address', [{ address: 'canary', family: 4 }]]
] as const) {
  t.test(`blockSpecialUse refuses a name that resolves to ${name} (SEC-140)`, async (t) => {
    const lookups = answerLookups(t, [addresses])
    await rejectsLike(t, fetchJson('https://rebound.example/', { blockSpecialUse: true }), refused)
    t.same(lookups, ['rebound.example'])
  })
}

t.test('resolves a name once, and connects only to the checked address (DNS rebinding) (SEC-140)', async (t) => {
  // An address that looks public but was never assigned.
  const first = [{ address: '3ffe:ffff:ffff:ffff::1', family: 6 }]
  const server = await upstream(t, json({}))
  const lookups = answerLookups(t, [first, [{ address: '127.0.0.1', family: 4 }]])
  const { port } = new URL(server.origin)
  const call = fetchJson(`https://rebound.example:${port}/`, { blockSpecialUse: true, timeout: 1000 })
  await rejectsLike(t, call, { code: /^LATCHKEY_UPSTREAM_(?:UNREACHABLE|TIMEOUT)$/ })
  t.same(lookups, ['rebound.example'])
  t.equal(server.connections(), 0)
})

t.test('connects to the checked address without the choice of a family by Node too (SEC-140)', async (t) => {
  const before = net.getDefaultAutoSelectFamily()
  t.teardown(() => net.setDefaultAutoSelectFamily(before))
  net.setDefaultAutoSelectFamily(false)
  const wanted: unknown[] = []
  t.intercept(net.Socket.prototype, 'connect', {
    value(this: net.Socket, ...given: unknown[]) {
      const [{ lookup }] = [given].flat(2) as [{ lookup: LookupFunction }]
      lookup('public.example', {}, (...result) => {
        wanted.push(result)
        this.destroy(new Error('the test does not connect'))
      })
      return this
    }
  })
  answerLookups(t, [
    [
      { address: '93.184.215.14', family: 4 },
      { address: '3ffe:ffff:ffff:ffff::1', family: 6 }
    ]
  ])
  const call = fetchJson('https://public.example/', { blockSpecialUse: true, timeout: 1000 })
  await rejectsLike(t, call, { code: 'LATCHKEY_UPSTREAM_UNREACHABLE' })
  t.strictSame(wanted, [[null, '93.184.215.14', 4]])
})

t.test('an unknown host name is unreachable with blockSpecialUse', async (t) => {
  await rejectsLike(t, fetchJson('https://nowhere.invalid/', { blockSpecialUse: true }), {
    code: 'LATCHKEY_UPSTREAM_UNREACHABLE'
  })
})

/** Answers each lookup with the next answer. Returns the list of names, which grows with each lookup. */
function answerLookups(t: Test, answers: readonly Answer[]): readonly string[] {
  const names: string[] = []
  t.intercept(dns, 'lookup', {
    value: (name: string, _options: object, callback: Callback) => {
      const answer = answers[names.length] ?? []
      names.push(name)
      process.nextTick(() => callback(null, answer))
    }
  })
  return names
}
