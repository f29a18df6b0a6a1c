import { AppFailure, type LoadOptions, openApp } from '../app/open-app.ts'
import { type Finding, report } from '../findings.ts'
import { failedStart } from './failed-start.ts'
import { fingerprintsOf, type Patient, productionRules, rules } from './rules.ts'
import { secretsInSource } from './secrets-in-source.ts'

/** The options of `latchkey doctor`. */
export interface DoctorOptions extends LoadOptions {
  readonly json?: boolean
}

/** Prints what is wrong with the server of an app file. Returns the exit code. */
export async function doctor(file: string, options: DoctorOptions): Promise<number> {
  return report(await findingsOf(file, options), 'The doctor found nothing.', options.json === true)
}

async function findingsOf(file: string, options: LoadOptions): Promise<readonly Finding[]> {
  const patient = await examine(file, options)
  if ('rule' in patient) return [patient]
  const all = patient.report.isProduction ? [...rules, ...productionRules] : rules
  return all.flatMap(({ id, severity, fix, see, check }) =>
    check(patient).map((finding) => ({ rule: id, severity, finding, fix, see }))
  )
}

async function examine(file: string, options: LoadOptions): Promise<Patient | Finding> {
  try {
    const app = await openApp(file, options)
    await app.close()
    return { report: app.report, secretsInSource: await secretsInSource(file, fingerprintsOf(app.report)) }
  } catch (error) {
    const finding = error instanceof AppFailure ? failedStart(error.failure) : null
    if (finding === null) throw error
    return finding
  }
}
