export type { Finding, Severity } from './findings.ts'
export { run } from './program.ts'
export type { RouteEntry } from './routes/inventory.ts'
