import { bySize, roundsOf, type Scenario } from '../scenario.ts'
import { underLoad } from './under-load.ts'

const ROUNDS = { full: 9, quick: 3, smoke: 1 }
/** In milliseconds. */
const DURATION = { full: 2000, quick: 1000, smoke: 100 }

/** Whether work on SQLite holds up other requests. */
export const eventLoop: Scenario = {
  name: 'event-loop',
  title: 'The event loop while tokens are refreshed on SQLite',
  seconds: (context) => 4 + ((roundsOf(context, ROUNDS) + 1) * 2 * bySize(context, DURATION)) / 1000,
  run: (context) =>
    underLoad(
      {
        store: 'SQLite',
        grant: 'refresh_token',
        clients: 16,
        rounds: roundsOf(context, ROUNDS),
        duration: bySize(context, DURATION),
        target: 30
      },
      context
    )
}
