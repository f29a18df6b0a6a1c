import * as v from 'valibot'

const address = v.pipe(v.string(), v.rfcEmail())

/**
 * Whether a value is an e-mail address, as `<input type="email">` of HTML accepts it: ASCII characters, and one `@`.
 *
 * @see [HTML](https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address)
 */
export function isEmailAddress(value: unknown): value is string {
  return v.is(address, value)
}
