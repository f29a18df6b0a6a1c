export type { ThrottledLimit, ThrottleEvent } from './events.ts'
export { throttleLimits } from './limits.ts'
export type { Guess, Throttle, ThrottleLimits } from './throttle.ts'
export { type CreateThrottle, type Throttles, type ThrottlesOptions, throttles } from './throttles.ts'
