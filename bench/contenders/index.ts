import type { Contender } from '../contender.ts'
import { growthServers } from '../growth/servers.ts'
import { memoryServers } from '../memory/servers.ts'
import { bare, reference } from './bare.ts'
import { betterAuth } from './better-auth.ts'
import { expressBearer } from './express.ts'
import { fastJwt } from './fast-jwt.ts'
import { fastifyJwt } from './fastify-jwt.ts'
import { floor } from './floor.ts'
import { jose } from './jose.ts'
import { latchkeyBearer } from './latchkey-bearer.ts'
import { latchkeySession } from './latchkey-session.ts'
import { sessions } from './sessions.ts'

export { reference }

/** What is compared, by the order of the report. */
export const contenders: readonly Contender[] = [
  ...bare,
  ...latchkeyBearer,
  ...floor,
  ...fastifyJwt,
  ...fastJwt,
  ...jose,
  ...expressBearer,
  ...latchkeySession,
  ...sessions,
  ...betterAuth
]

/** All that can be started. */
export const everyContender: readonly Contender[] = [reference, ...contenders, ...growthServers, ...memoryServers]
