/** `smoke` proves that a scenario works, and measures nothing. `quick` gives a rough answer. */
export type Size = 'full' | 'quick' | 'smoke'

/** What a scenario gets. */
export interface Context {
  readonly size: Size
  /** What `--rounds` says. */
  readonly rounds?: number
  /** Whether `--only` names it. */
  readonly chosen: (name: string) => boolean
  /** Aborted by Ctrl-C: the scenario ends with the rounds that are complete. */
  readonly signal: AbortSignal
  /** Shows what is done next, and which share of the scenario is done, from 0 to 1. */
  readonly tell: (next: string, done: number) => void
}

/** What a scenario found. */
export interface Section {
  readonly markdown: string
  /** Every single measurement, for JSON. */
  readonly data: unknown
}

/** Something that can be measured. */
export interface Scenario {
  /** Its option on the command line, without the hyphens. */
  readonly name: string
  /** The heading of its section. */
  readonly title: string
  /** How long it takes on an idle machine of 2026, in seconds. */
  seconds(context: Context): number
  run(context: Context): Promise<Section>
}

/** Which of the three a context asks for. */
export function bySize<T>({ size }: Context, values: Readonly<Record<Size, T>>): T {
  return values[size]
}

/** How many rounds a context asks for: what `--rounds` says, or else the scenario's own number. */
export function roundsOf(context: Context, rounds: Readonly<Record<Size, number>>): number {
  return context.rounds ?? bySize(context, rounds)
}

/** Whether Ctrl-C asks for the end. It may change while something is awaited. */
export function isInterrupted({ signal }: Context): boolean {
  return signal.aborted
}
