import { Agent, type Dispatcher } from 'undici'
import { isSpecialUse, lookupPublic } from './special-use-address.ts'

/** The maximum time of any call, in milliseconds. */
export const MAX_TIMEOUT = 5000

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

/** Whether the host of a URL is itself a special-use address: such a host is not resolved, so `lookup` does not see it. */
export function namesSpecialUse(url: string): boolean {
  const { hostname } = new URL(url)
  const address = hostname.replace(/^\[|\]$/g, '')
  return (/^[\d.]+$/.test(address) || address.includes(':')) && isSpecialUse(address)
}
