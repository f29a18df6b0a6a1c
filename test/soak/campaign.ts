// The faults, one after another, while the load goes on.
import { countsText, type Fault } from './faults/fault.ts'
import { flows } from './flows.ts'
import type { Load } from './load.ts'
import type { Samples } from './memory.ts'
import type { Soak } from './soak.ts'

/** A fault and its result. */
export interface Row {
  readonly fault: Fault
  readonly seen: string
  /** How the load went meanwhile, and how long it took until the usual requests succeeded. */
  readonly meanwhile: string
  readonly isAsExpected: boolean
}

/** The share of the requests that are sent around the faults. The others are sent afterwards. */
const SHARE = 0.6
/** For how long the usual requests may fail after a fault, in seconds. */
const PATIENCE = 60
/** The samples of memory after the faults. */
const QUIET_SAMPLES = 12

export async function campaign(
  soak: Soak,
  faults: readonly Fault[],
  requests: number,
  samples: Samples,
  tell: (line: string) => void
): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const [at, fault] of faults.entries()) {
    await soak.load.upTo((requests * SHARE * at) / faults.length)
    // The load goes on at full speed meanwhile.
    const enough = soak.load.upTo((requests * SHARE * (at + 1)) / faults.length)
    const row = await injected(soak, fault)
    tell(
      `FAULT-${fault.number}: ${row.isAsExpected ? 'as expected' : 'NOT as expected'}: ${row.seen}; ${row.meanwhile}`
    )
    rows.push(row)
    await enough
    await samples.take()
  }
  for (let at = 1; at <= QUIET_SAMPLES; at++) {
    await soak.load.upTo(requests * (SHARE + ((1 - SHARE) * at) / QUIET_SAMPLES))
    await samples.take()
    tell(`${soak.load.sent} requests`)
  }
  return rows
}

async function injected(soak: Soak, fault: Fault): Promise<Row> {
  const { load } = soak
  const [before, unexpected] = [totals(load), load.unexpected.count]
  const allowNoMore = load.allow(fault.allows ?? {})
  let seen: string
  let isAsExpected = true
  try {
    seen = await fault.inject(soak)
  } catch (error) {
    seen = `not as expected: ${error instanceof Error ? error.message : 'no Error'}`
    isAsExpected = false
    await calm(soak)
  }
  const seconds = await recovery(soak)
  allowNoMore()
  if (seconds === null) isAsExpected = false
  const wrong = load.unexpected.count - unexpected
  if (wrong > 0) isAsExpected = false
  const end = seconds === null ? `not recovered after ${PATIENCE} s` : `recovered after ${seconds.toFixed(1)} s`
  return { fault, seen, isAsExpected, meanwhile: `${difference(before, totals(load))}; ${wrong} unexpected; ${end}` }
}

/** Seconds until each usual request succeeds, or `null` if one does not in time. */
async function recovery({ load }: Soak): Promise<number | null> {
  const began = performance.now()
  const passed = (): number => (performance.now() - began) / 1_000
  while (passed() < PATIENCE) {
    const proofs = await Promise.all(flows.filter(({ proves }) => proves).map(load.attempt))
    if (proofs.every((isUsual) => isUsual)) return passed()
  }
  return null
}

/** Ends what a fault that failed may have left. */
async function calm(soak: Soak): Promise<void> {
  for (const wire of Object.values(soak.wires)) {
    await wire.unplug()
    await wire.plugIn()
  }
  for (const issuer of [soak.world.main, ...Object.values(soak.issuers), ...soak.malformed]) issuer.behave()
  soak.introspection.behave()
  soak.world.providers.oidc.faults.clear()
  if (soak.isDown()) await soak.start()
  await soak.set()
}

function totals({ counts }: Load): ReadonlyMap<number, number> {
  const sums = new Map<number, number>()
  for (const own of counts.values())
    for (const [status, count] of own) sums.set(status, (sums.get(status) ?? 0) + count)
  return sums
}

function difference(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): string {
  const parts = [...after]
    .map(([status, count]) => [status, count - (before.get(status) ?? 0)] as const)
    .filter(([, count]) => count > 0)
    .sort(([one], [other]) => one - other)
  return countsText(parts)
}
