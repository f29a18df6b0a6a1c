import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import fastifyJwt from '@fastify/jwt'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey, type SigningAlgorithm } from '@latchkey/token-endpoint'
import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'
import Fastify from 'fastify'
import buildGetJwks from 'get-jwks'
import * as oauth from 'oauth4webapi'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { freeOrigin, listen } from '../loopback.ts'

const AUDIENCE = 'https://items.example.com'

/** A token endpoint that signs with an algorithm, and a token of it. */
async function startIssuer(t: Test, alg: SigningAlgorithm): Promise<{ issuer: string; token: string }> {
  const issuer = await freeOrigin()
  const app = Fastify()
  await app.register(tokenEndpoint, {
    issuer,
    audience: AUDIENCE,
    keys: [await generateSigningKey(alg)],
    store: memoryStore()
  })
  await listen(t, app, issuer)
  const token = await app.tokenEndpoint.issue({ subject: 'ann', clientId: 'web', scopes: ['items:read'] })
  return { issuer, token }
}

/** The same token with another subject. */
function forged(token: string): string {
  const [header, payload = '', signature] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
  return [header, Buffer.from(JSON.stringify({ ...claims, sub: 'eve' })).toString('base64url'), signature].join('.')
}

for (const alg of ['ES256', 'RS256', 'EdDSA'] as const) {
  t.test(`express-oauth2-jwt-bearer finds our keys and accepts our ${alg} tokens (K28, SEC-40, SEC-74)`, async (t) => {
    const { issuer, token } = await startIssuer(t, alg)
    // Where it is for tests, express writes no refusals to the console.
    const app = express().set('env', 'test')
    app.use(
      auth({ issuerBaseURL: `${issuer}/.well-known/oauth-authorization-server`, audience: AUDIENCE, strict: true })
    )
    app.get('/', (request, response) => {
      response.send(request.auth?.payload.sub)
    })
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/` // it listens on a port
    const known = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    t.same([known.status, await known.text()], [200, 'ann'])
    t.equal((await fetch(url, { headers: { authorization: `Bearer ${forged(token)}` } })).status, 401)
  })
}

// get-jwks knows no keys of the type OKP.
for (const alg of ['ES256', 'RS256'] as const) {
  t.test(`@fastify/jwt with get-jwks finds our keys and accepts our ${alg} tokens (K28, SEC-40, SEC-74)`, async (t) => {
    const { issuer, token } = await startIssuer(t, alg)
    const keys = buildGetJwks({ issuersWhitelist: [issuer], jwksPath: '/jwks' })
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(fastifyJwt, {
      decode: { complete: true },
      secret: async (_request: unknown, token: unknown) => {
        const { header, payload } = token as { header: { kid: string; alg: string }; payload: { iss: string } }
        return keys.getPublicKey({ kid: header.kid, alg: header.alg, domain: payload.iss })
      },
      verify: { allowedIss: issuer, allowedAud: AUDIENCE, algorithms: [alg] }
    })
    app.get('/', async (request) => (await request.jwtVerify<{ sub: string }>()).sub)
    const known = await app.inject({ url: '/', headers: { authorization: `Bearer ${token}` } })
    t.same([known.statusCode, known.body], [200, 'ann'])
    t.equal((await app.inject({ url: '/', headers: { authorization: `Bearer ${forged(token)}` } })).statusCode, 401)
  })
}

for (const alg of ['ES256', 'RS256', 'Ed25519', 'EdDSA'] as const) {
  t.test(`oauth4webapi finds our keys and accepts our ${alg} tokens (K28, SEC-40, SEC-74)`, async (t) => {
    const { issuer, token } = await startIssuer(t, alg)
    const http = { [oauth.allowInsecureRequests]: true }
    const discovery = await oauth.discoveryRequest(new URL(issuer), { ...http, algorithm: 'oauth2' })
    const server = await oauth.processDiscoveryResponse(new URL(issuer), discovery)
    const verify = (presented: string): Promise<unknown> => {
      const request = new Request(AUDIENCE, { headers: { authorization: `Bearer ${presented}` } })
      return oauth.validateJwtAccessToken(server, request, AUDIENCE, { ...http, signingAlgorithms: [alg] })
    }
    like(t, await verify(token), { iss: issuer, sub: 'ann', client_id: 'web', scope: 'items:read' })
    await t.rejects(verify(forged(token)))
  })
}
