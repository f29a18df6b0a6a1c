/** A test runner's function that names and runs a test: `node:test`'s `test`, tap's `t.test`, Vitest's `it`. */
export type RegisterTest = (title: string, body: () => Promise<void>) => unknown
