import { bearerMutants } from './bearer.ts'
import { guardMutants } from './guard.ts'
import { loginMutants } from './login.ts'
import { sessionMutants } from './session.ts'
import { storeMutants } from './store.ts'
import { tokenEndpointMutants } from './token-endpoint.ts'
import type { Mutant } from './mutant.ts'

/** Every fault that the tests have to notice. */
export const mutants: readonly Mutant[] = [
  ...tokenEndpointMutants,
  ...guardMutants,
  ...bearerMutants,
  ...loginMutants,
  ...sessionMutants,
  ...storeMutants
]
