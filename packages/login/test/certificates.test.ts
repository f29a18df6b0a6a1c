import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { UpstreamEvent } from '@latchkey/issuer'
import { generate } from 'selfsigned'
import t from 'tap'
import { heard } from '@latchkey/exact/heard'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { house, server } from './fixtures/server.ts'

t.test(
  'a token endpoint with a self-signed certificate receives no code, and an event is published (SEC-146, SEC-149, RFC 6749 §10.9)',
  async (t) => {
    const received: unknown[] = []
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }])
    const listener = createServer({ key, cert }, ({ url }) => received.push(url)).listen(0, 'localhost')
    await once(listener, 'listening')
    t.teardown(() => listener.close())
    const { port } = listener.address() as AddressInfo // it listens on a port
    const origin = `https://localhost:${port}`
    const provider = await fakeProvider(t)
    provider.metadata = { token_endpoint: `${origin}/token` }
    const events = heard<UpstreamEvent>(t, 'latchkey:upstream')
    const { browser, sessions } = await server(t, { providers: [house(provider)] })
    const answer = await browser().login(provider)
    t.equal(answer.statusCode, 502)
    t.strictSame(events, [{ kind: 'tls-failed', origin, code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }])
    t.same(received, [])
    t.equal(sessions.size, 0)
  }
)
