/** The parts red, green and blue of a colour, from 0 to 255. */
type Rgb = readonly [red: number, green: number, blue: number]

/** Whether a value is a colour of CSS in hexadecimal digits without transparency: `#rgb` or `#rrggbb`. */
export function isHexColor(value: unknown): value is string {
  return typeof value === 'string' && /^#(?:[\da-f]{3}|[\da-f]{6})$/i.test(value)
}

/**
 * Returns the contrast of two colours, from 1 to 21.
 *
 * @see [WCAG 2.2, contrast ratio](https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)
 */
export function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number] // as many as before
  return (light + 0.05) / (dark + 0.05)
}

/** Returns a colour between two: the share of the second one is from 0 to 1. */
export function mixed(one: string, other: string, share: number): string {
  const [from, to] = [rgbOf(one), rgbOf(other)]
  const part = (at: 0 | 1 | 2): string =>
    Math.round(from[at] + (to[at] - from[at]) * share)
      .toString(16)
      .padStart(2, '0')
  return `#${part(0)}${part(1)}${part(2)}`
}

function luminance(color: string): number {
  const [red, green, blue] = rgbOf(color).map((part) => {
    const value = part / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }) as [number, number, number] // as many as before
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function rgbOf(color: string): Rgb {
  const digits = color.length === 4 ? color.replace(/[\da-f]/gi, '$&$&') : color
  const part = (at: number): number => Number.parseInt(digits.slice(at, at + 2), 16)
  return [part(1), part(3), part(5)]
}
