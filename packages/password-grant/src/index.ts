export type { PasswordGrantOptions } from './options.ts'
export { default } from './plugin.ts'
