import * as o from '@latchkey/options'
import { english } from './english/english.ts'
import type { Texts } from './texts.ts'

/** The schema of a dictionary: it has each member of the English one, of the same kind. */
export const texts: o.Schema<Texts> = o.asGiven(
  o.members({
    ...schemaOf(english),
    language: o.must<string>("be a language tag such as 'de' or 'pt-BR'", isLanguage),
    direction: o.oneOf('ltr', 'rtl')
  })
)

function schemaOf(example: object): Record<string, o.Schema> {
  return Object.fromEntries(
    Object.entries(example).map(([name, value]: [string, unknown]) => {
      if (typeof value === 'string') return [name, o.text]
      return [name, typeof value === 'function' ? o.aFunction() : o.members(schemaOf(value as object))]
    })
  )
}

function isLanguage(value: unknown): boolean {
  return typeof value === 'string' && Intl.getCanonicalLocales(value)[0] === value
}
