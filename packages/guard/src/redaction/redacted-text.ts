/**
 * Returns a text with each unwanted text replaced. All searches use the original text: overlapping matches become one
 * replacement, and replacements are not searched. A regular expression of long texts would be rejected.
 *
 * @param unwanted - none of them empty
 */
export function redactedText(text: string, unwanted: readonly string[]): string {
  const places = unwanted.flatMap((one) => placesOf(one, text)).toSorted(([a], [b]) => a - b)
  let redacted = ''
  let done = 0
  for (const [from, to] of places) {
    if (from >= done) redacted += `${text.slice(done, from)}[redacted]`
    done = Math.max(done, to)
  }
  return redacted + text.slice(done)
}

function placesOf(one: string, text: string): [from: number, to: number][] {
  const places: [number, number][] = []
  for (let from = text.indexOf(one); from !== -1; from = text.indexOf(one, from + one.length)) {
    places.push([from, from + one.length])
  }
  return places
}
