const LEAST = 5 * 60
const MOST = 24 * 60 * 60
const DEFAULT = 60 * 60

/**
 * Returns how many seconds an answer may be kept, by the `max-age` of its `Cache-Control`: at least 5 minutes, at most a day,
 * and an hour without `max-age`.
 *
 * @param least - the least seconds. Default: 300
 * @example boundedMaxAge('public, max-age=600') // 600
 * @see [RFC 9111 §5.2.2.1](https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.1)
 */
export function boundedMaxAge(cacheControl: string | null, least: number = LEAST): number {
  const seconds = /(?:^|[\s,])max-age="?(\d+)/i.exec(cacheControl ?? '')?.[1]
  return seconds === undefined ? DEFAULT : Math.min(Math.max(Number(seconds), least), MOST)
}
