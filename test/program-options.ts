/**
 * The options of node for a program in TypeScript that a test starts. It imports the packages as `test/run.js` has built them:
 * a process that compiles their sources takes two to three times as long to start.
 */
export const PROGRAM_OPTIONS: readonly string[] = ['--import=tsx']
