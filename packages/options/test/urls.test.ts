import t from 'tap'
import { isOrigin, parseUrl } from '@latchkey/options'

for (const origin of [
  'https://api.example.com',
  'https://api.example.com:8443',
  'http://127.0.0.1:3000',
  'http://localhost',
  'http://[::1]:8080'
]) {
  t.test(`accepts ${origin} as an origin (K29.2, SEC-140)`, async (t) => {
    t.equal(isOrigin(origin), true)
  })
}

for (const other of [
  'http://api.example.com',
  'http://localhost.example.com',
  'http://127.0.0.2',
  'https://api.example.com/',
  'https://api.example.com:443',
  'https://API.example.com',
  'https://user@api.example.com',
  'https://bücher.example',
  'wss://api.example.com',
  'ftp://localhost',
  'null',
  'https://',
  '',
  null,
  undefined,
  ['https://api.example.com']
]) {
  t.test(`does not accept ${String(other)} as an origin (K29.2, SEC-140)`, async (t) => {
    t.equal(isOrigin(other), false)
  })
}

t.test('parseUrl() returns the URL of a text, or null (K23)', async (t) => {
  t.equal(parseUrl('https://shop.example/a')?.href, 'https://shop.example/a')
  t.equal(parseUrl('../b', 'https://shop.example/a/')?.href, 'https://shop.example/b')
  for (const text of ['', 'shop.example', '/a', 'https://', 'http://a b']) t.equal(parseUrl(text), null, text)
})

t.test(
  'parseUrl() reads letters such as ä however often it was called: URL.canParse of Node 20 does not (K23)',
  async (t) => {
    let parsed = 0
    for (let calls = 0; calls < 30_000; calls++) if (parseUrl(`https://shop.example/${calls % 7}`) !== null) parsed++
    for (let calls = 0; calls < 100; calls++) if (parseUrl('https://bücher.example/ä') !== null) parsed++
    t.equal(parsed, 30_100)
  }
)
