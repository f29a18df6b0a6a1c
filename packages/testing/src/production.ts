import { RegistrationError } from '@latchkey/options'

/**
 * Refuses to continue in production.
 *
 * @throws RegistrationError when `NODE_ENV` is `production`
 */
export function refuseProduction(caller: string): void {
  if (process.env['NODE_ENV'] !== 'production') return
  throw new RegistrationError(caller, 'this is for tests, and NODE_ENV is production. Fix: leave it out of the server')
}
