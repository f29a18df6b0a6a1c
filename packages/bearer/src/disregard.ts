/**
 * Ignores a wrong return value of a function of the application. If it is a promise, swallows its rejection, which would
 * otherwise end the process.
 */
export function disregard(answer: unknown): void {
  new Promise((resolve) => resolve(answer)).catch(() => undefined)
}
