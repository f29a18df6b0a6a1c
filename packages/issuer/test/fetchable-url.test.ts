import { fetchJson, isFetchable, issuerMetadata, remoteKeySet } from '@latchkey/issuer'
import t from 'tap'
import { rejectsLike, throwsLike } from '@latchkey/exact'

for (const url of [
  'https://login.example.com',
  'https://login.example.com:8443/a/b?c=d',
  'https://10.0.0.1/jwks',
  'http://127.0.0.1:3000/',
  'http://[::1]/',
  'http://localhost:3000',
  'HTTPS://LOGIN.EXAMPLE.COM/'
]) {
  t.test(`accepts the URL ${url} (SEC-140)`, async (t) => {
    t.equal(isFetchable(url), true)
    t.doesNotThrow(() => remoteKeySet(url))
  })
}

for (const url of [
  'http://login.example.com/',
  'http://169.254.169.254/latest/meta-data/',
  'http://127.0.0.2/',
  'http://[::ffff:127.0.0.1]/',
  'http://localhost.example.com/',
  'http://0.0.0.0/',
  'file:///etc/passwd',
  'ftp://login.example.com/',
  'data:application/json,{}',
  'blob:https://login.example.com/x',
  'javascript:0',
  'https://user@login.example.com/',
  'https://:password@login.example.com/',
  'https://login.example.com/#',
  'https://login.example.com/#fragment',
  'https://login.example.com/\n',
  ' https://login.example.com/',
  'https://login.example.com/\u00e9',
  'https://',
  '//login.example.com/',
  '/jwks',
  '',
  undefined,
  null,
  7,
  new URL('https://login.example.com/')
]) {
  t.test(`rejects the URL ${JSON.stringify(url)} (SEC-140)`, async (t) => {
    t.equal(isFetchable(url), false)
    const end = `(http only on 127.0.0.1, [::1] and localhost); got ${kindOf(url)}`
    throwsLike(t, () => issuerMetadata(url as string), {
      name: 'RegistrationError',
      message: `issuerMetadata(): argument "issuer" must be an https URL without credentials, query and fragment ${end}`
    })
    throwsLike(t, () => remoteKeySet(url as string), {
      name: 'RegistrationError',
      message: `remoteKeySet(): argument "jwksUri" must be an https URL without credentials and fragment ${end}`
    })
    const refused = { code: 'LATCHKEY_UPSTREAM_REFUSED_URL', statusCode: 503, cause: undefined }
    await rejectsLike(t, fetchJson(url as string), refused)
    await rejectsLike(t, remoteKeySet(() => url as string).find({ alg: 'ES256' }), refused)
  })
}

function kindOf(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string'
  return typeof value === 'number' ? 'a number' : value instanceof URL ? 'an object' : String(value)
}
