import type { Authenticator } from '@latchkey/guard'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { ALGS, bound } from './fixtures/dpop.ts'
import { active, endpoint } from './fixtures/introspection-endpoint.ts'
import { issuer } from './fixtures/issuer.ts'
import { serve } from './fixtures/server.ts'

const BEARER_REFUSED = {
  status: 401,
  challenge: `DPoP error="invalid_token", error_description="Access tokens of the scheme Bearer are not accepted here", algs="${ALGS}"`,
  user: undefined
}

const DPOP_REFUSED = {
  status: 401,
  challenge: 'Bearer error="invalid_token", error_description="Access tokens of the scheme DPoP are not accepted here"',
  user: undefined
}

const TAILS = ['', ' ', ' junk', '  junk', '\tjunk', ',junk', ' %', ' a b', ' e30.e30.AA', `=${'a'.repeat(9000)}`]

t.test('returns 401 for the scheme Bearer where every issuer requires DPoP (K7, SEC-67, SEC-77)', async (t) => {
  const { app, sign, token } = await bound(t)
  withCookies(app)
  for (const scheme of ['Bearer', 'BEARER', 'bearer', 'bEaReR']) {
    for (const tail of [...TAILS, ` ${token}`, ` ${await sign()}`]) {
      for (const cookie of [undefined, 'user=ada']) {
        const answers = await open(app, { authorization: scheme + tail, cookie })
        t.same(answers, BEARER_REFUSED, JSON.stringify([scheme, tail.slice(0, 12), cookie]))
      }
    }
  }
  t.same(await open(app, { cookie: 'user=ada' }), { status: 200, challenge: undefined, user: 'ada' })
})

t.test('returns 401 for the scheme DPoP where no issuer has DPoP (K7, SEC-67)', async (t) => {
  const app = await withoutDpop(t)
  for (const scheme of ['DPoP', 'DPOP', 'dpop']) {
    for (const tail of TAILS) {
      for (const cookie of [undefined, 'user=ada']) {
        for (const dpop of [undefined, 'e30.e30.AA']) {
          const answer = await open(app, { authorization: scheme + tail, cookie, dpop })
          t.same(answer, DPOP_REFUSED, JSON.stringify([scheme, tail.slice(0, 12), cookie, dpop]))
        }
      }
    }
  }
})

t.test('returns 401 for an opaque token of a disabled scheme without introspection (K7)', async (t) => {
  const server = await endpoint(t, active())
  const off = await serve(t, { issuers: [server.trusted()] })
  t.same(await open(off, { authorization: 'DPoP opaque', dpop: 'e30.e30.AA' }), DPOP_REFUSED)
  const { app } = await bound(t, { issuers: [{ ...server.trusted(), dpop: 'required' }] })
  t.same(await open(app, { authorization: 'Bearer opaque' }), BEARER_REFUSED)
  t.equal(server.asked.length, 0)
})

t.test(
  'returns 400 for several Authorization headers and for a token in the URL, with either scheme disabled (K7)',
  async (t) => {
    for (const app of [await withoutDpop(t), (await bound(t)).app]) {
      const inUrl = await app.inject({ url: '/open?access_token=junk' })
      t.same([inUrl.statusCode, inUrl.json().code], [400, 'LATCHKEY_INVALID_REQUEST'])
      // light-my-request accepts lists for headers, although its types do not.
      const authorization = ['Bearer junk', 'DPoP junk'] as unknown as string
      const twice = await app.inject({ url: '/open', headers: { authorization } })
      t.same([twice.statusCode, twice.json().code], [400, 'LATCHKEY_INVALID_REQUEST'])
    }
  }
)

t.test('does not claim other schemes, or a DPoP header without a credential (K7)', async (t) => {
  const anonymous = { status: 200, challenge: undefined, user: 'nobody' }
  for (const app of [
    await withoutDpop(t),
    withCookies((await bound(t)).app),
    (await bound(t, { dpop: 'allowed' })).app
  ]) {
    for (const authorization of ['Basic YTpi', 'Digest x', 'Bearers junk', 'DPoPs junk', 'Negotiate', '']) {
      t.same(await open(app, { authorization }), anonymous, authorization)
    }
    t.same(await open(app, { dpop: 'e30.e30.AA' }), anonymous)
  }
  const ada = { status: 200, challenge: undefined, user: 'ada' }
  t.same(await open(await withoutDpop(t), { authorization: 'Basic YTpi', cookie: 'user=ada' }), ada)
})

async function withoutDpop(t: Test): Promise<FastifyInstance> {
  const { trusted } = await issuer()
  return withCookies(await serve(t, { issuers: [trusted] }))
}

/** Adds an ambient authenticator, like a session: the cookie contains the name of the user. */
function withCookies(app: FastifyInstance): FastifyInstance {
  app.guard.addAuthenticator({
    scheme: 'cookie',
    challenge: null,
    ambient: true,
    header: 'Cookie',
    securitySchemes: {},
    authenticate: ({ headers: { cookie } }) =>
      cookie === undefined
        ? null
        : { subject: cookie.slice('user='.length), scopes: null, issuer: null, claims: {}, authenticatedAt: null }
  } satisfies Authenticator)
  return app
}

async function open(app: FastifyInstance, given: Record<string, string | undefined>): Promise<object> {
  const headers = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const response = await app.inject({ url: '/open', headers })
  const { statusCode: status, body, headers: sent } = response
  return { status, challenge: sent['www-authenticate'], user: status === 200 ? body : undefined }
}
