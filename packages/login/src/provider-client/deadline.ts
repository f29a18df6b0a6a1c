/**
 * What a call gives, if it gives it in time. One that is late goes on, and nobody hears of it.
 *
 * @param milliseconds - for the whole call
 * @param late - makes the error for one that takes longer
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
