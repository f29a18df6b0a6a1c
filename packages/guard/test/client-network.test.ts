import t from 'tap'
import Fastify from 'fastify'
import { clientNetwork } from '@latchkey/guard'
import { networkOf } from '@latchkey/guard/plugin'

const JUNK = 'x'.repeat(8_000)

/** Returns the keys of requests with these `X-Forwarded-For` headers, behind a proxy with the address 198.51.100.1. */
async function keysOf(trustProxy: boolean | string, ...claimed: (string | undefined)[]): Promise<string[]> {
  const app = Fastify({ trustProxy })
  app.get('/', async (request) => clientNetwork(request))
  return Promise.all(
    claimed.map(async (text) => {
      const headers = text === undefined ? {} : { 'x-forwarded-for': text }
      return (await app.inject({ url: '/', remoteAddress: '198.51.100.1', headers })).body
    })
  )
}

for (const [name, address, key] of [
  ['an IPv4 address', '203.0.113.7', '203.0.113.7'],
  ['an IPv4 address with a port', '203.0.113.7:40040', '203.0.113.7'],
  ['an IPv4 address with an empty port', '203.0.113.7:', '203.0.113.7'],
  ['an IPv4 address in brackets', '[203.0.113.7]', undefined],
  ['an IPv6 address', '2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['a short IPv6 address', '2001:db8::1', '2001:db8:0:0::/64'],
  ['an IPv6 address in brackets', '[2001:db8::1]', '2001:db8:0:0::/64'],
  ['an IPv6 address with a port', '[2001:db8::1]:443', '2001:db8:0:0::/64'],
  ['an IPv6 address with a zone', 'fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['an IPv6 address with a zone and a port', '[fe80::1%25eth0]:443', 'fe80:0:0:0::/64'],
  ['a mapped IPv4 address', '::ffff:203.0.113.7', '203.0.113.7'],
  ['a mapped IPv4 address in hexadecimal', '::ffff:cb00:7107', '203.0.113.7'],
  ['a mapped IPv4 address with a port', '[::ffff:203.0.113.7]:40040', '203.0.113.7'],
  ['an IPv4 address behind NAT64', '64:ff9b::203.0.113.7', '203.0.113.7'],
  ['an IPv4-translated address', '::ffff:0:203.0.113.7', '203.0.113.7'],
  ['loopback', '::1', '0:0:0:0::/64'],
  ['the word "unknown"', 'unknown', undefined],
  ['an obfuscated identifier', '_hidden', undefined],
  ['an obfuscated identifier with a port', '_hidden:8080', undefined],
  ['nothing', '', undefined],
  ['a space', ' ', undefined],
  ['a host name', 'localhost', undefined],
  ['a number', '3405803783', undefined],
  ['a hexadecimal number', '0xcb.113.7', undefined],
  ['an octal number', '0313.0.113.7', undefined],
  ['an address of three parts', '203.0.113', undefined],
  ['an address of five parts', '203.0.113.7.1', undefined],
  ['a port that is too high', '203.0.113.7:65536', undefined],
  ['a port that is not a number', '203.0.113.7:http', undefined],
  ['an opening bracket without a closing one', '[2001:db8::1', undefined],
  ['a list', '203.0.113.7, 203.0.113.8', undefined],
  ['an address with a NUL character', '203.0.113\0.7', undefined],
  ['a random text of 8 KB', JUNK, undefined],
  ['a zone of 8 KB', `fe80::1%${JUNK}`, 'fe80:0:0:0::/64'],
  ['no text', undefined, undefined]
] as const) {
  t.test(`reads ${name} as ${key ?? 'no address'} (K4.1)`, async (t) => {
    t.equal(networkOf(address), key)
  })
}

t.test('returns the /48 network of an IPv6 address, and the complete IPv4 address (K4.2)', async (t) => {
  t.equal(networkOf('2001:db8:1:2::3', 48), '2001:db8:1::/48')
  t.equal(networkOf('203.0.113.7', 48), '203.0.113.7')
})

t.test('returns one key for all ports of a client, and another key for another client (K4.1)', async (t) => {
  t.same(await keysOf('198.51.100.1', '203.0.113.7:40040', '203.0.113.7:40041', '203.0.113.7', '203.0.113.8:40040'), [
    '203.0.113.7',
    '203.0.113.7',
    '203.0.113.7',
    '203.0.113.8'
  ])
})

t.test('returns the address of the connection when the proxy wrote no address (K4.1)', async (t) => {
  const claimed = ['unknown', '_hidden', '', ' ', '12345', JUNK, undefined]
  t.same(new Set(await keysOf('198.51.100.1', ...claimed)), new Set(['198.51.100.1']))
})

t.test('returns the first address after entries that are not addresses (K4.1)', async (t) => {
  t.same(await keysOf(true, 'unknown, 203.0.113.7:40040', '_a, _b, 203.0.113.7', `${JUNK}, 203.0.113.7`), [
    '203.0.113.7',
    '203.0.113.7',
    '203.0.113.7'
  ])
})

t.test('returns the address of the connection when proxies are not trusted (SEC-30)', async (t) => {
  t.same(await keysOf(false, '203.0.113.7', undefined), ['198.51.100.1', '198.51.100.1'])
})

t.test('returns one key for all requests without an address', async (t) => {
  // After the client disconnects, Node has no address. Fastify's type does not say so.
  const ip = undefined as unknown as string
  t.equal(clientNetwork({ ip }), 'unknown')
  t.equal(clientNetwork({ ip, ips: [ip] }), 'unknown')
})
