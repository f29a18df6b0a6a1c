import { boot } from './boot/scenario.ts'
import { eventLoop } from './event-loop/scenario.ts'
import { growth } from './growth/scenario.ts'
import { imports } from './imports/scenario.ts'
import { installSize } from './install-size/scenario.ts'
import { logins } from './logins/scenario.ts'
import { memory } from './memory/scenario.ts'
import { requests } from './requests.ts'
import type { Scenario } from './scenario.ts'
import { tokenEndpoint } from './token-endpoint/scenario.ts'

/** All scenarios, by the order of the report. */
export const scenarios: readonly Scenario[] = [
  requests,
  tokenEndpoint,
  eventLoop,
  logins,
  growth,
  memory,
  boot,
  imports,
  installSize
]
