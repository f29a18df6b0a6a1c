/**
 * Takes note of what a function of the application gave in place of an answer. Where that is a promise nobody waits for it,
 * and its rejection must not end the process.
 */
export function disregard(answer: unknown): void {
  new Promise((resolve) => resolve(answer)).catch(() => undefined)
}
