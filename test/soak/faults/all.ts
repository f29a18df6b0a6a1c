import { ofTheApplication } from './application.ts'
import { clients } from './clients.ts'
import type { Fault } from './fault.ts'
import { issuers } from './issuers.ts'
import { processes } from './processes.ts'
import { providers } from './providers.ts'
import { stores } from './stores.ts'

/** Those that end the process come first, so that the process of the other ones, whose memory is measured, lives longest. */
export const faults: readonly Fault[] = [
  ...processes,
  ...providers,
  ...issuers,
  ...ofTheApplication,
  ...stores,
  ...clients
]

/** The faults that the soak does not inject, with the reason and the tests that do. */
export const elsewhere: readonly {
  readonly number: number
  readonly reason: string
  readonly tests: readonly string[]
}[] = [
  {
    number: 18,
    reason: 'a failover needs two Redis servers, and a restored database',
    tests: [
      'packages/store/test/redis.test.ts',
      'packages/store/test/postgres.test.ts',
      'packages/store/test/mariadb.test.ts'
    ]
  },
  {
    number: 34,
    reason: 'a wrong registration fails when a server starts, so no load changes it',
    tests: [
      'packages/guard/test/routes.test.ts',
      'packages/login/test/options.test.ts',
      'packages/token-endpoint/test/plugin.test.ts'
    ]
  }
]
