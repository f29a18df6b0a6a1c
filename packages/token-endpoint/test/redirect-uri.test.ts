import { existsSync, readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { isRedirectUri } from '@latchkey/token-endpoint'

const GOOD = [
  'https://app.example',
  'https://app.example/',
  'https://app.example/callback?from=a&to=b',
  'https://app.example:8443/callback',
  'https://APP.example/Callback',
  'https://xn--bcher-kva.example/cb',
  'https://my_app.example/cb',
  'https://[2001:db8::1]/cb',
  'https://app.example/cb;a=1,(b)!*',
  'http://localhost/cb',
  'http://localhost:3000',
  'http://127.0.0.1:49152/cb?x=y',
  'http://[::1]:8080/cb',
  'com.example.app:/callback',
  'com.example.app:callback',
  'com.example.app://host/callback',
  'COM.Example.App:/callback'
]

const BAD: Record<string, readonly unknown[]> = {
  'is not a text': [undefined, null, 7, {}, ['https://app.example'], new URL('https://app.example')],
  'is not absolute': ['', '/cb', '//app.example/cb', 'app.example/cb', '?x', 'callback'],
  'has a fragment': ['https://app.example/cb#', 'https://app.example/#/cb', 'com.example.app:/cb#x'],
  'is http on another host': [
    'http://app.example/cb',
    'http://localhost.app.example/',
    'http://10.0.0.1/',
    'http://[::2]/'
  ],
  'has a scheme without a dot': [
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://app.example/1',
    'ftp://app.example/',
    'ws://localhost/',
    'myapp:/callback',
    'urn:ietf:wg:oauth:2.0:oob',
    'about:blank'
  ],
  'has an empty scheme part': ['com.example.app:', '.example:/cb', 'com..example:/cb', 'com.:/cb'],
  'has a user': [
    'https://user@app.example/',
    'https://app.example@evil.example/',
    'https://:pw@app.example/',
    'https://@app.example/'
  ],
  'is spelt in a way that browsers mend': [
    'https:app.example/cb',
    'https:/app.example/cb',
    'https:///app.example/cb',
    'https:\\\\app.example/cb',
    'https://app.example\\@evil.example/',
    ' https://app.example/cb',
    'https://app.example/cb ',
    'https://app.example/c b',
    'https://app.ex\tample/cb',
    'https://app.example/cb\n',
    'https://app.example/\r\nset-cookie:a=b',
    'http://127.1/cb',
    'http://0x7f000001/cb',
    'http://2130706433/cb',
    'http://127.0.0.1./cb',
    'https://ex%61mple.com/cb',
    'https://app.example%2eevil.example/',
    'https://b\u00fccher.example/cb',
    'https://app.example/\u00e9',
    'https://app\u3002example/cb'
  ],
  'has a host that means something elsewhere': [
    'https://*.app.example/cb',
    'https://*/cb',
    "https://app.example;script-src'self'/cb",
    'https://a,b.example/cb',
    'https://app.example:port/cb',
    'https://app.example:99999/cb',
    'https://[::1/cb',
    'https://'
  ],
  'has a character that no URI has': [
    'https://app.example/"',
    'https://app.example/<x>',
    'https://app.example/{x}',
    'https://app.example/^`|'
  ]
}

t.test('accepts the redirect URIs of RFC 8252 (RFC 8252 §7.1, §7.2, §7.3)', async (t) => {
  for (const uri of GOOD) t.equal(isRedirectUri(uri), true, uri)
})

for (const [name, values] of Object.entries(BAD)) {
  t.test(`refuses a redirect URI that ${name} (RFC 6749 §3.1.2, RFC 8252 §8.4)`, async (t) => {
    for (const value of values) t.equal(isRedirectUri(value), false, JSON.stringify(value))
  })
}

const corpus = new URL('../../../../shared/corpora/open-redirect/', import.meta.url)
const lists = existsSync(corpus) ? readdirSync(corpus).filter((name) => name.endsWith('.txt')) : []
const lines = lists.flatMap((name) => readFileSync(new URL(name, corpus), 'utf8').split('\n'))
const payloads = [...new Set(lines.flatMap((line) => [line, `https://app.example${line}`, `https://${line}`]))]
const skip = payloads.length === 0 ? '1 list skipped: no corpora' : false

t.test('every accepted payload of an open redirect leads to the host that it names', { skip }, async (t) => {
  for (const text of payloads) {
    if (!isRedirectUri(text)) continue
    const { href, protocol, host } = new URL(text)
    t.equal(new URL(text, 'https://as.example/a/b').href, href, text)
    t.equal(text.toLowerCase().startsWith(`${protocol}//${host}`), true, text)
    t.equal(protocol, 'https:', text)
  }
})
