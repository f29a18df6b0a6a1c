/**
 * Returns the result of a call, if it comes in time. A late call continues, and its result or error is ignored.
 *
 * @param milliseconds - the limit for the whole call
 * @param late - called when the time is over; makes the error
 * @example
 * const user = await withTimeout(5000, () => findUser(name), () => new Error('findUser did not answer in time'))
 */
export async function withTimeout<Answer>(
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
