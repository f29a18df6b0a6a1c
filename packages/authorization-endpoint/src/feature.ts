/**
 * Returns the options of a feature that is switched on by `true`, or by an object with its options; `null` if it is off.
 *
 * @param option - the checked option
 * @param defaults - the options for `true`
 */
export function featureOf<Options>(option: boolean | Options | undefined, defaults: Options): Options | null {
  if (option === undefined || option === false) return null
  return option === true ? defaults : option
}
