import type { Soak } from './soak.ts'

/** A measurement of the memory of the server process, in bytes. */
export interface Sample {
  readonly sent: number
  /** Since the process started, in seconds. */
  readonly seconds: number
  /** After a garbage collection. */
  readonly heapUsed: number
  readonly rss: number
}

/** The samples of the process that lives now: another process begins anew. */
export interface Samples {
  readonly taken: readonly Sample[]
  take(): Promise<void>
}

/** The second half of the samples has two parts. The mean of the later one may be greater by this share. */
export const MOST_GROWTH = 0.05
const FEWEST = 10

export function samplesOf(soak: Soak): Samples {
  let [taken, process, start]: [Sample[], unknown, number] = [[], undefined, 0]
  return {
    get taken() {
      return taken
    },
    async take() {
      if (process !== soak.server()) [taken, process, start] = [[], soak.server(), performance.now()]
      const { heapUsed, rss } = await soak.state()
      taken.push({ sent: soak.load.sent, seconds: Math.round((performance.now() - start) / 1_000), heapUsed, rss })
    }
  }
}

/** How much the heap grew in the second half, as a share. */
export function growth(samples: readonly Sample[]): number {
  if (samples.length < FEWEST) throw new Error(`${samples.length} samples, and not ${FEWEST}`)
  const half = samples.slice(Math.ceil(samples.length / 2))
  const middle = Math.ceil(half.length / 2)
  const [earlier, later] = [mean(half.slice(0, middle)), mean(half.slice(middle))]
  return later / earlier - 1
}

function mean(samples: readonly Sample[]): number {
  return samples.reduce((sum, { heapUsed }) => sum + heapUsed, 0) / samples.length
}
