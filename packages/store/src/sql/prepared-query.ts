import type { Compilable, CompiledQuery } from 'kysely'

/**
 * Compiles a query once, because that takes longer than sending it. The result is a function that fills in the values.
 *
 * @param names - a different text or number in place of each value
 * @param build - builds the query from values like these
 */
export function preparedQuery<Values extends Readonly<Record<string, string | number>>, Row>(
  names: Values,
  build: (values: Values) => Compilable<Row>
): (values: Values) => CompiledQuery<Row> {
  const compiled = build(names).compile()
  const keys = compiled.parameters.map((value) => Object.keys(names).find((key) => names[key] === value))
  return (values) => ({ ...compiled, parameters: keys.map((key) => key !== undefined && values[key]) })
}
