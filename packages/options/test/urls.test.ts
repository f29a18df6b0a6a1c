import t from 'tap'
import { isOrigin } from '@latchkey/options'

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
