import t from 'tap'
import type { OnLogin } from '@latchkey/login'
import { fakeProvider } from './fake-provider.ts'
import { house, server } from './server.ts'

const causes: { name: string; cause: (token: string) => unknown; told: RegExp }[] = [
  { name: 'an error', cause: (token) => new Error(`401 for ${token}`), told: /401 for \[redacted\]/ },
  { name: 'a text', cause: (token) => token, told: /the request failed/ },
  { name: 'an object', cause: (token) => ({ token }), told: /the request failed/ },
  { name: 'an error of the platform', cause: (token) => new DOMException(`no ${token}`), told: /no \[redacted\]/ },
  {
    name: 'an error without a stack',
    cause: (token) => Object.assign(new Error(token), { stack: undefined }),
    told: /the request failed/
  }
]

for (const { name, cause, told } of causes) {
  t.test(`no token of a provider is in the log, although ${name} of onLogin quotes it (SEC-147)`, async (t) => {
    const lines: string[] = []
    const logger = { level: 'trace', stream: { write: (line: string) => void lines.push(line) } }
    const tokens: (string | null)[] = []
    const onLogin: OnLogin = ({ tokens: { accessToken, refreshToken, idToken } }) => {
      tokens.push(accessToken, refreshToken, idToken)
      const members = { detail: idToken, request: { accessToken }, position: 7 }
      throw Object.assign(new Error('the request failed', { cause: cause(accessToken) }), members)
    }
    const provider = await fakeProvider(t)
    provider.tokens = { access_token: 'canary-access-token' }
    const { browser, sessions } = await server(t, { providers: [house(provider)], onLogin }, { fastify: { logger } })
    const answer = await browser().login(provider)
    t.equal(answer.statusCode, 500)
    t.equal(sessions.size, 0)
    const [line = ''] = lines.filter((one) => one.includes('A login failed'))
    t.match(line, told)
    for (const token of tokens) if (token !== null) t.notOk(lines.join('').includes(token))
  })
}
