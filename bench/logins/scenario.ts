import { underLoad } from '../event-loop/under-load.ts'
import { bySize, roundsOf, type Scenario } from '../scenario.ts'

const ROUNDS = { full: 5, quick: 2, smoke: 1 }
/** Logins at once. */
const CLIENTS = { full: 200, quick: 200, smoke: 4 }
/** In milliseconds. */
const DURATION = { full: 3000, quick: 2000, smoke: 100 }
/** The last logins of a round have to be answered, in seconds. */
const REST = { full: 2, quick: 2, smoke: 0.2 }

/** Whether passwords hold up other requests: argon2id with its default parameters. */
export const logins: Scenario = {
  name: 'logins',
  title: 'The event loop under 200 password logins at once',
  seconds: (context) =>
    4 + (roundsOf(context, ROUNDS) + 1) * ((2 * bySize(context, DURATION)) / 1000 + bySize(context, REST)),
  run: (context) =>
    underLoad(
      {
        store: 'memory',
        grant: 'password',
        clients: bySize(context, CLIENTS),
        rounds: roundsOf(context, ROUNDS),
        duration: bySize(context, DURATION),
        target: 30
      },
      context
    )
}
