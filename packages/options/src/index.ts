export { checkArgument, checkOptions } from './check-options.ts'
export { isEmailAddress } from './email.ts'
export {
  causeOf,
  type Described,
  type ErrorClass,
  type ErrorClassOptions,
  errorClass,
  ReasonError,
  refusalClass
} from './error-class.ts'
export { hasMethods, isBoolean, isFunction, isMapOf, isObject, isRecord, isText, isWhole } from './predicates.ts'
export { kindOf } from './kind.ts'
export { RegistrationError } from './registration-error.ts'
export {
  aFunction,
  asGiven,
  type Checked,
  clock,
  either,
  faultless,
  feature,
  flag,
  FROM_ENVIRONMENT,
  group,
  integer,
  listOf,
  matching,
  type Members,
  members,
  type MembersOf,
  must,
  oneOf,
  optional,
  pluginOptions,
  type Schema,
  shape,
  text
} from './schema.ts'
export { isBareOrigin, isOrigin, isProtectedUrl, isRoutePath, parseUrl } from './urls.ts'
