import type { Endpoint } from './endpoints.ts'
import type { Strike } from './fault.ts'
import type { FaultSwitches } from './fault-switches.ts'
import { faults } from './faults/by-name.ts'
import type { Middleware } from './middleware.ts'
import type { Profile } from './profile.ts'

/** Runs the faults that are on, around the normal work of the endpoint. */
export function misbehaviour(
  profile: Profile,
  switches: FaultSwitches,
  surroundings: Pick<Strike, 'store' | 'signingKey' | 'rotateKeys'>
): Middleware {
  return async (ctx, next) => {
    const endpoint = endpointAt(profile, ctx.path)
    const taken = endpoint === undefined || ctx.method === 'OPTIONS' ? [] : switches.take(endpoint)
    const strikes = taken.reduce<() => Promise<void>>(
      (inner, active) => async () => {
        const strike = { ctx, delay: active.delay, status: active.status, ...surroundings }
        if (!(await faults[active.name].strike(strike, inner))) switches.giveBack(active)
      },
      next
    )
    await strikes()
  }
}

function endpointAt({ paths, userinfoPaths }: Profile, path: string): Endpoint | undefined {
  if (userinfoPaths.includes(path)) return 'userinfo'
  if (path.startsWith('/.well-known/')) return 'discovery'
  // The paths where oidc-provider continues after the picking page, and after the sign-out question.
  if (path.startsWith(`${paths.authorization}/`)) return 'authorization'
  if (paths.logout !== undefined && path.startsWith(`${paths.logout}/`)) return 'logout'
  const endpoints: [string, string][] = Object.entries(paths)
  return endpoints.find(([, at]) => at === path)?.[0] as Endpoint | undefined // the keys of `paths` are endpoints
}
