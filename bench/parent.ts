/** How long a program may take to clean up, in milliseconds. */
const PATIENCE = 10_000

/** Ends this program with its parent: when everything is closed, or when that takes too long. */
export function endWithParent(close: () => Promise<void> = async () => {}): void {
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), PATIENCE).unref()
    void close().finally(() => process.exit())
  })
}
