export { singleFlight } from './single-flight.ts'
export { withTimeout } from './with-timeout.ts'
