export { type LateModule, lateModule } from './late-module.ts'
export { singleFlight } from './single-flight.ts'
export { withTimeout } from './with-timeout.ts'
