/** What a test runner offers to name and run a test: `node:test`'s `test`, tap's `t.test`, Vitest's `it`. */
export type RegisterTest = (title: string, body: () => Promise<void>) => unknown
