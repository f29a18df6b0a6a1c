// The only module that imports undici. It is loaded late: see late-modules.ts.
import { Agent, type Dispatcher } from 'undici'
import { MAX_TIMEOUT } from './deadline.ts'
import { lookupPublic } from './special-use-address.ts'

export { fetch, Headers } from 'undici'

// Long enough for the next step of a login; short enough that the server does not close the connection first.
const IDLE = 1000

// Certificates are checked even with NODE_TLS_REJECT_UNAUTHORIZED=0. An idle connection does not keep the process alive.
const connect = { rejectUnauthorized: true, timeout: MAX_TIMEOUT }
const limits = {
  headersTimeout: MAX_TIMEOUT,
  bodyTimeout: MAX_TIMEOUT,
  keepAliveTimeout: IDLE,
  keepAliveMaxTimeout: IDLE
}

const toAnywhere = new Agent({ ...limits, connect })
const toPublicAddresses = new Agent({ ...limits, connect: { ...connect, lookup: lookupPublic } })

/** Returns the dispatcher that requests are sent through. */
export function connections(blockSpecialUse: boolean): Dispatcher {
  return blockSpecialUse ? toPublicAddresses : toAnywhere
}
