import { isObject } from '@latchkey/options'
import { english } from './english/english.ts'
import { german } from './german/german.ts'
import type { Texts } from './texts.ts'

type TextFunction = (...values: readonly unknown[]) => unknown

/**
 * Returns a dictionary whose functions do not fail: the English text replaces one that throws, or that is no text or no Markup where
 * the English one is. A page about an error must not cause another error.
 */
export function unfailingTexts(texts: Texts): Texts {
  return texts === english || texts === german ? texts : (unfailing(texts, english) as Texts) // the same shape
}

function unfailing(own: unknown, fallback: unknown): unknown {
  if (typeof own === 'function') {
    // The schema of the dictionaries has compared the shape of both.
    const [ours, english] = [own as TextFunction, fallback as TextFunction]
    return (...values: readonly unknown[]) => resultOf(ours, values, english(...values))
  }
  if (!isObject(own)) return own
  const members = Object.entries(own)
  return Object.fromEntries(members.map(([name, text]) => [name, unfailing(text, Reflect.get(Object(fallback), name))]))
}

function resultOf(text: TextFunction, values: readonly unknown[], english: unknown): unknown {
  try {
    const result = text(...values)
    return isLike(result, english) ? result : english
  } catch {
    return english
  }
}

function isLike(result: unknown, english: unknown): boolean {
  if (typeof english === 'string') return typeof result === 'string'
  return isObject(result) && typeof result['markup'] === 'string'
}
