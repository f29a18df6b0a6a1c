/**
 * Returns the result of a call, if it comes in time. A late call continues, but its result is ignored.
 *
 * @param milliseconds - for the whole call
 * @param late - makes the error for a call that takes longer
 */
export async function within<Answer>(
  milliseconds: number,
  call: () => Promise<Answer>,
  late: () => Error
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds)
  })
  try {
    return await Promise.race([call(), limit])
  } finally {
    clearTimeout(timer)
  }
}
