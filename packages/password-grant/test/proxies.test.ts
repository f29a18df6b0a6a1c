import type { VerifyPassword } from '@latchkey/passwords'
import t from 'tap'
import { like } from '@latchkey/exact'
import { knowsAda, server } from './fixtures/server.ts'

const PROXY = '198.51.100.1'

/** Counts the answers by status. */
function tally(answers: readonly { readonly status: number }[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

for (const [name, forwardedFor] of [
  ['an IPv4 address and a port', (i: number) => `203.0.113.7:${40_000 + i}`],
  ['an IPv6 address and a port', (i: number) => `[2001:db8::1]:${40_000 + i}`],
  ['another IPv6 address of one /64', (i: number) => `2001:db8::${i.toString(16)}`],
  ['an IPv6 address with a zone', (i: number) => `fe80::1%eth${i}`],
  ['a mapped IPv4 address and a port', (i: number) => `[::ffff:203.0.113.7]:${40_000 + i}`],
  ['an obfuscated identifier', (i: number) => `_hidden${i}`],
  ['the word unknown', () => 'unknown'],
  ['a host name', (i: number) => `host-${i}.example`],
  ['a number', (i: number) => `${3_405_803_783 + i}`],
  ['a random text of 8 KB', (i: number) => `${i}${'x'.repeat(8_000)}`],
  ['nothing', () => '']
] as const) {
  t.test(`returns 429 after ten wrong passwords when the proxy sends ${name} (K4.1, SEC-27)`, async (t) => {
    let verified = 0
    const verifyPassword: VerifyPassword = async (...given) => {
      verified++
      return knowsAda(...given)
    }
    const { post } = await server({ verifyPassword }, {}, { trustProxy: PROXY })
    const answers = []
    for (let i = 0; i < 300; i++) {
      answers.push(await post({ username: 'ada', password: `guess-${i}` }, PROXY, forwardedFor(i)))
    }
    t.same(tally(answers), { 400: 10, 429: 290 })
    t.equal(verified, 10)
    t.equal((await post({ username: 'ada', password: 'secret' }, PROXY, forwardedFor(300))).status, 429)
    t.equal((await post({ username: 'ada', password: 'secret' }, PROXY, '192.0.2.1:40000')).status, 200, 'SEC-28')
  })
}

for (const [name, remoteAddress, forwardedFor] of [
  ['a proxy on this machine', '127.0.0.1', (i: number) => `203.0.${i >> 8}.${i & 255}, 198.51.100.7`],
  ['two own proxies', '127.0.0.1', (i: number) => `203.0.${i >> 8}.${i & 255}, 198.51.100.7, 10.0.0.5`],
  ['a proxy that writes ports', '10.0.0.1', (i: number) => `203.0.${i >> 8}.${i & 255}, 198.51.100.7:${40_000 + i}`],
  ['a proxy that internal clients use', '10.0.0.1', (i: number) => `10.2.${i >> 8}.${i & 255}, 10.9.9.9`],
  ['no proxy', '198.51.100.7', (i: number) => `203.0.${i >> 8}.${i & 255}`]
] as const) {
  t.test(`forged addresses allow no further guesses behind ${name} (K4.2, SEC-27, SEC-28)`, async (t) => {
    let verified = 0
    const verifyPassword: VerifyPassword = async (...given) => {
      verified++
      return knowsAda(...given)
    }
    const { post } = await server({ verifyPassword }, {}, { trustProxy: true })
    const answers = []
    for (let i = 0; i < 300; i++) {
      answers.push(await post({ username: 'ada', password: `guess-${i}` }, remoteAddress, forwardedFor(i)))
    }
    t.same(tally(answers), { 400: 100, 429: 200 })
    t.equal(verified, 100)
    const late = await post({ username: 'ada', password: 'secret' }, remoteAddress, forwardedFor(300))
    t.equal(late.status, 429, 'a right password past the limit has the answer of a wrong one')
    like(t, late.headers, { 'retry-after': /^\d+$/, 'cache-control': 'no-store' })
    const victim = await post({ username: 'ada', password: 'secret' }, '127.0.0.1', '192.0.2.9')
    t.equal(victim.status, 200, 'from an address without failures')
  })
}
