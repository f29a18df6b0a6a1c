import type { Middleware } from '../context.ts'
import type { Endpoint } from '../profiles/endpoints.ts'
import type { Profile } from '../profiles/profile.ts'
import type { FaultSwitches } from './switches.ts'
import { faults, type Strike } from './table.ts'

/** Runs the faults that are on, around the normal work of the endpoint. */
export function applyFaults(
  profile: Profile,
  switches: FaultSwitches,
  provider: Pick<Strike, 'store' | 'signingKey' | 'rotateKeys'>
): Middleware {
  return async (ctx, next) => {
    const endpoint = endpointAt(profile, ctx.path)
    const taken = endpoint === undefined || ctx.method === 'OPTIONS' ? [] : switches.take(endpoint)
    const strikes = taken.reduce<() => Promise<void>>(
      (inner, active) => async () => {
        const strike = { ctx, delay: active.delay, status: active.status, ...provider }
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
