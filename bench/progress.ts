import type { Context } from './scenario.ts'

/** Below this share of a scenario, the estimate says more than the time that has passed. */
const TELLING = 0.15

/** Shows on the standard error where a run is, and how long it still takes. */
export function progress(seconds: readonly number[]): (scenario: number) => Context['tell'] {
  return (scenario) => {
    const start = performance.now()
    const own = seconds[scenario] ?? 0
    const later = sum(seconds.slice(scenario + 1))
    return (next, done) => {
      const passed = (performance.now() - start) / 1000
      const whole = done < TELLING ? Math.max(own, passed) : passed / done
      const left = duration(whole * (1 - done) + later)
      console.error(`[${scenario + 1}/${seconds.length}, ${Math.round(100 * done)} %, ${left} left] ${next}`)
    }
  }
}

/** A duration for people. */
export function duration(seconds: number): string {
  return seconds < 100 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`
}

export function sum(values: readonly number[]): number {
  return values.reduce((one, other) => one + other, 0)
}
