import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer'
import type { Contender, Server } from '../contender.ts'
import { audience, issuer, neededScope, type TrustedKeys } from '../tokens.ts'
import { answer } from './answer.ts'
import { keyServer } from './key-server.ts'

async function start(keys: TrustedKeys): Promise<Server> {
  const set = await keyServer(keys)
  const app = express()
  // What it does for each answer by default, and no other contender does.
  app.disable('etag').disable('x-powered-by')
  // Then it does not write what it refuses to the console.
  app.set('env', 'test')
  app.use(auth({ issuer, audience, jwksUri: set.url, tokenSigningAlg: 'RS256', strict: true }))
  app.get('/', requiredScopes(neededScope), (_request, response) => void response.type('text').send(answer))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on a port
    async close() {
      server.close()
      await set.close()
    }
  }
}

export const expressBearer: readonly Contender[] = [{ name: 'express-oauth2-jwt-bearer', sends: 'RS256', start }]
