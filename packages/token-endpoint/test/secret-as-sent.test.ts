import t from 'tap'
import { like } from '@latchkey/exact'
import { type Client, hashClientSecret } from '@latchkey/token-endpoint'
import { basic, server } from './fixtures/server.ts'

const grantTypes = ['password']

/** Form-encodes a text: `encodeURIComponent`, with a space as a plus sign (RFC 6749 Appendix B). */
function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

function client(secret: string): Client {
  return { clientId: 'web', clientSecretHash: hashClientSecret(secret), grantTypes }
}

for (const secret of [
  'q7+Zk/9p=L2mX8vR4tB6nY1cW5sD3fG0',
  'q7%Zk%9p=L2mX8vR4tB6nY1cW5sD3fG0',
  'q7%2BZk9pL2mX8vR4tB6nY1cW5sD3fG0',
  'q7 Zk 9p L2mX8vR4tB6nY1cW5sD3fG0',
  'q7:Zk:9p:L2mX8vR4tB6nY1cW5sD3fG0',
  'q7éZk&9p?L2mX8vR4tB6nY1cW5sD3fG0',
  '%%%%q7Zk9pL2mX8vR4tB6nY1cW5sD3fG'
]) {
  t.test(`accepts the secret ${secret} unencoded, form-encoded and in the body (K21.2, SEC-8)`, async (t) => {
    const { login } = await server({ clients: [client(secret)] })
    like(t, await login({}, { headers: basic('web', secret) }), { status: 200 })
    like(t, await login({}, { headers: basic('web', formEncoded(secret)) }), { status: 200 })
    like(t, await login({ client_id: 'web', client_secret: secret }), { status: 200 })
    like(t, await login({}, { headers: basic('web', `${secret}x`) }), {
      status: 401,
      body: { error: 'invalid_client' }
    })
  })
}

t.test('decodes the body only once (K21.2)', async (t) => {
  const secret = 'q7%2BZk9pL2mX8vR4tB6nY1cW5sD3fG0'
  const { login } = await server({ clients: [client(secret)] })
  const decoded = decodeURIComponent(secret)
  like(t, await login({ client_id: 'web', client_secret: decoded }), { status: 401 })
  like(t, await login({}, { headers: basic('web', decoded) }), { status: 401 })
})

t.test('reads the identifier in the header only form-decoded (K21.2, SEC-8)', async (t) => {
  const secret = 'q7+Zk/9p=L2mX8vR4tB6nY1cW5sD3fG0'
  const { login } = await server({ clients: [{ ...client(secret), clientId: 'a+b' }] })
  like(t, await login({}, { headers: basic('a+b', secret) }), { status: 401 })
  like(t, await login({}, { headers: basic('a%2Bb', secret) }), { status: 200 })
})

t.test('a secret that is wrong in both readings counts as one failure (K21.2, SEC-27)', async (t) => {
  const secret = 'q7+Zk/9p=L2mX8vR4tB6nY1cW5sD3fG0'
  const { login } = await server({ clients: [client(secret)], clientThrottle: { failures: 3 } })
  for (let failures = 0; failures < 3; failures++) {
    like(t, await login({}, { headers: basic('web', 'wrong+secret') }), { status: 401 })
  }
  like(t, await login({}, { headers: basic('web', secret) }), { status: 429 })
})

t.test('a header with an undecodable secret still names its client (K21.2)', async (t) => {
  const { login } = await server({
    clients: [client('q7%Zk%9p=L2mX8vR4tB6nY1cW5sD3fG0')],
    clientThrottle: { failures: 1 }
  })
  like(t, await login({}, { headers: basic('web', '%E9') }), { status: 401 })
  like(t, await login({}, { headers: basic('web', '%E9') }), { status: 429 })
})
