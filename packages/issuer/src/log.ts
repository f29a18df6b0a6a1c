/** The log for failures and recoveries. The logger of Fastify fits. */
export interface IssuerLog {
  readonly info: (details: object, message: string) => void
  readonly warn: (details: object, message: string) => void
}

const told = new WeakSet<IssuerLog>()

/** Warns once for each log if the process has turned off certificate checks. */
export function warnOfUncheckedCertificates(log: IssuerLog | undefined): void {
  if (log === undefined || told.has(log) || process.env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return
  told.add(log)
  log.warn(
    {},
    'NODE_TLS_REJECT_UNAUTHORIZED=0 turns off certificate checks in this process. What @latchkey/issuer fetches is checked all the same: make a private authority known with NODE_EXTRA_CA_CERTS'
  )
}
