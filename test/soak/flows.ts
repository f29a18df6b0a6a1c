import type { Flow } from './flow.ts'
import { guardedRoutes } from './guarded-routes.ts'
import { logins } from './logins.ts'
import { rudeClients } from './rude-clients.ts'
import { tokenRequests } from './token-requests.ts'

/** Everything that clients do during the soak. */
export const flows: readonly Flow[] = [...guardedRoutes, ...tokenRequests, ...logins, ...rudeClients]
