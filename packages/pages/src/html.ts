/** HTML that is safe to send. Made by {@link html}. */
export interface Markup {
  readonly markup: string
}

/**
 * A template tag for HTML. A string value is escaped, for text and for quoted attributes; a {@link Markup} value is inserted as
 * it is. A list of Markup is joined.
 *
 * @example
 * ```ts
 * const items = names.map((name) => html`<li>${name}</li>`)
 * const page = html`<ul>${items}</ul>`
 * ```
 */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (string | Markup | readonly Markup[])[]
): Markup {
  return { markup: strings.map((part, index) => part + markupOf(values[index] ?? '')).join('') }
}

function markupOf(value: string | Markup | readonly Markup[]): string {
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
  return Array.isArray(value) ? value.map(markupOf).join('\n') : (value as Markup).markup // only Markup is left
}
