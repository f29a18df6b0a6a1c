import * as v from 'valibot'
import { kindOf } from './kind.ts'
import { nearName } from './near-name.ts'
import { isBoolean, isFunction, isObject, isRecord, isText, isWhole } from './predicates.ts'

/** Checks a value, and returns it with its defaults. The functions of this package make schemas. */
export type Schema<Value = unknown> = v.GenericSchema<unknown, Value>

/** The schemas of the members of an object. */
export type Members = Readonly<Record<string, Schema>>

/** The schemas of the members of an object of this type. */
export type MembersOf<Value> = { readonly [Name in keyof Value]-?: Schema<Value[Name]> }

/** The object that {@link members} returns. */
export type Checked<Entries extends Members> = { readonly [Name in keyof Entries]: v.InferOutput<Entries[Name]> }

/** The fix for an option that applications usually read from an environment variable. */
export const FROM_ENVIRONMENT = 'check the environment variable that it is read from'

/**
 * A schema from a sentence and a condition: `must('be a list of issuers', Array.isArray)`. The message is "must", the sentence,
 * and the kind of the value. The value is returned as it is. A condition that throws does not hold.
 *
 * @param fix - what to do, where the sentence does not say it
 */
export function must<Value>(
  sentence: string,
  holds: ((value: unknown) => value is Value) | ((value: unknown) => boolean),
  fix?: string
): Schema<Value> {
  return faultless((value) => (holdsFor(value, holds) ? undefined : faultOf(sentence, value, fix)))
}

/**
 * A schema from a function that returns the fault of a value, as the end of a sentence such as `must be a list; got a string`.
 * `undefined` means that there is none. The fault must not contain the value.
 */
export function faultless<Value>(fault: (value: unknown) => string | undefined): Schema<Value> {
  return v.custom<Value>(
    (value) => fault(value) === undefined,
    ({ input }) => String(fault(input))
  )
}

/** A non-empty string. */
export const text: Schema<string> = must('be a non-empty string', isText)

/** A string that matches a pattern. */
export function matching(sentence: string, pattern: RegExp, fix?: string): Schema<string> {
  return must<string>(sentence, (value) => typeof value === 'string' && pattern.test(value), fix)
}

/** `true` or `false`. */
export const flag: Schema<boolean> = must('be true or false', isBoolean)

/** A function. Its parameters cannot be checked. */
export function aFunction<Value>(): Schema<Value> {
  return must<Value>('be a function', isFunction)
}

/** A whole number between two bounds, both included. `unit` is part of the message. `most` may be `Infinity`. */
export function integer(least: number, most: number, unit: string): Schema<number> {
  const end = most === Number.POSITIVE_INFINITY ? '' : ` to ${most}`
  return must(`be a whole number of ${unit} from ${least}${end}`, (value) => isWhole(value, least, most))
}

/** One of a few strings. */
export function oneOf<const Value extends string>(...values: readonly Value[]): Schema<Value> {
  return must<Value>(
    `be ${values.map((value) => `'${value}'`).join(' or ')}`,
    (value) => typeof value === 'string' && (values as readonly string[]).includes(value)
  )
}

/**
 * The same schema for an option that may be missing or `undefined`. The value is then the `fallback`, if there is one. The
 * fallback must pass the schema too.
 */
export function optional<Value>(schema: Schema<Value>): Schema<Value | undefined>
export function optional<Value>(schema: Schema<Value>, fallback: NoInfer<Value>): Schema<Value>
export function optional<Value>(schema: Schema<Value>, fallback?: Value): Schema<Value | undefined> {
  // Valibot calls a default that is a function.
  return fallback === undefined ? v.optional(schema) : v.optional(schema, () => fallback)
}

/** A clock of the process, in milliseconds since the epoch. If it is missing, `Date.now`. */
export const clock: Schema<() => number> = v.optional(aFunction<() => number>(), () => Date.now)

/** A list of values that each pass a schema. Returns a copy. `sentence` is the message for any other value. */
export function listOf<Item>(sentence: string, item: Schema<Item>, least = 0): Schema<readonly Item[]> {
  const message = ({ input }: { readonly input: unknown }): string => faultOf(sentence, input)
  return v.pipe(v.array(item, message), v.minLength(least, message))
}

/**
 * An object with these members and no others. Returns a frozen copy with the defaults, without a prototype's members. The values
 * themselves are those that were given, unless their schemas are {@link members} or {@link listOf} again.
 */
export function members<const Entries extends Members>(entries: Entries): Schema<Checked<Entries>> {
  return strict(entries, Object.keys(entries))
}

/** {@link members} for an option that may be missing or `undefined`. Each member then has its default. */
export function group<const Entries extends Members>(entries: Entries): Schema<Checked<Entries>> {
  return v.optional(members(entries), () => ({}) as Checked<Entries>) // the schema adds the defaults
}

/** {@link members} for the options of a plugin. The options that Fastify itself reads may be there too. */
export function pluginOptions<const Entries extends Members>(entries: Entries): Schema<Checked<Entries>> {
  return strict({ ...FASTIFY_OPTIONS, ...entries }, Object.keys(entries))
}

const anything = optional(v.unknown())
const FASTIFY_OPTIONS: Members = { prefix: anything, logLevel: anything, logSerializers: anything }

/** The first schema for the values that fit a condition, and the other one for the rest. */
export function either<First, Other>(
  isFirst: (value: unknown) => boolean,
  first: Schema<First>,
  other: Schema<Other>
): Schema<First | Other> {
  return v.lazy<Schema<First | Other>>((value) => (isFirst(value) ? first : other))
}

/**
 * A feature that is off by default, and is switched on by `true` or by an object with its options. Returns the options; `null` if
 * it is off.
 *
 * @param options - the schema of the object. All its members are optional
 * @param neither - the schema of a value that is neither. Default: that of the object, whose message names the members
 */
export function feature<Options>(options: Schema<Options>, neither: Schema = options): Schema<Options | null> {
  const object = either(isObject, options, neither)
  return v.pipe(
    optional(either<boolean, unknown>(isBoolean, flag, object), false),
    // Cast: it has passed the schema of the object, unless it is false.
    v.transform((option) => (option === true ? v.parse(options, {}) : option === false ? null : (option as Options)))
  )
}

/** An object with these members and any others, inherited ones included. Returns the object itself. */
export function shape<Value>(entries: Members): Schema<Value> {
  const names = Object.keys(entries)
  return asGiven(v.pipe(anObject(names, isObject), v.looseObject(entries, complaint(entries, names))))
}

/** Checks a value by a schema, and returns the value itself: no copy, and no defaults. */
export function asGiven<Value>(schema: Schema): Schema<Value> {
  return v.pipe(
    v.custom<Value>(() => true),
    v.rawCheck(({ dataset, addIssue }) => {
      const { issues = [] } = v.safeParse(schema, dataset.value)
      for (const { message, expected, path } of issues)
        addIssue({ message, expected: String(expected), ...(path && { path }) })
    })
  )
}

function strict<Entries extends Members>(entries: Members, names: readonly string[]): Schema<Checked<Entries>> {
  const schema = v.pipe(
    anObject(names, isRecord),
    v.strictObject(entries, complaint(entries, names)),
    v.transform((value) => Object.freeze(value))
  )
  // Cast: Valibot infers the same members, but leaves out those that are undefined.
  return schema as Schema as Schema<Checked<Entries>>
}

function anObject(names: readonly string[], holds: (value: unknown) => boolean): Schema {
  return must(`be an object with ${names.join(', ')}`, holds)
}

// Valibot expects `never` for an unknown member, and reports a missing member without asking its schema.
function complaint(entries: Members, names: readonly string[]): (issue: v.BaseIssue<unknown>) => string {
  return ({ expected, path }) => {
    const [{ key, input }] = path as [v.ObjectPathItem] // both of its issues have one
    if (expected === 'never') return unknownMember(key, names, input)
    // Cast: it is the name of a member.
    return String(v.safeParse(entries[key] as Schema, undefined).issues?.[0].message)
  }
}

function unknownMember(name: string, names: readonly string[], given: object): string {
  const near = nearName(
    name,
    names.filter((known) => !(known in given))
  )
  return `does not exist. Fix: ${near === undefined ? `use one of ${names.join(', ')}` : `write ${near}`}`
}

function faultOf(sentence: string, value: unknown, fix?: string): string {
  return `must ${sentence}; got ${kindOf(value)}${fix === undefined ? '' : `. Fix: ${fix}`}`
}

function holdsFor(value: unknown, holds: (value: unknown) => boolean): boolean {
  try {
    return holds(value)
  } catch {
    return false
  }
}
