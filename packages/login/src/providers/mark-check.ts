const ELEMENTS = new Set(
  'svg g path circle ellipse rect line polygon polyline defs linearGradient radialGradient stop clipPath mask title desc'.split(
    ' '
  )
)

const ATTRIBUTES = new Set(
  (
    'xmlns version id viewBox preserveAspectRatio width height x y x1 y1 x2 y2 cx cy r rx ry fx fy d points transform ' +
    'fill fill-opacity fill-rule stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit ' +
    'stroke-opacity stroke-width opacity color clip-path clip-rule clipPathUnits mask maskUnits offset stop-color ' +
    'stop-opacity gradientUnits gradientTransform spreadMethod role focusable aria-hidden'
  ).split(' ')
)

// A tag with attributes in double quotes, or text between tags. Backslashes could hide a `url()` in a value.
const PART =
  /<(?<end>\/?)(?<name>[A-Za-z]+)(?<attributes>(?:\s+[A-Za-z-]+\d?="[^"<>&\\]*")*)\s*(?<empty>\/?)>|[^<>&]+/gy
const ATTRIBUTE = /([A-Za-z-]+\d?)="([^"]*)"/g
const OUTSIDE_URL = /url\((?!#)/i

/** Whether a text is one complete SVG of shapes and colours: no scripts, styles, links, images or anything else. */
export function isMark(value: unknown): boolean {
  if (typeof value !== 'string' || !/^<svg[\s>]/.test(value) || !value.endsWith('</svg>')) return false
  const open: string[] = []
  let read = 0
  for (const { 0: part, index, groups = {} } of value.matchAll(PART)) {
    const { end, name, attributes = '', empty } = groups
    read = index + part.length
    if (name === undefined) continue
    if (!ELEMENTS.has(name) || !areAllowed(attributes)) return false
    if (end === '/') {
      if (open.pop() !== name || attributes !== '' || empty === '/') return false
      if (open.length === 0) break
    } else if (empty !== '/') open.push(name)
  }
  return open.length === 0 && read === value.length
}

function areAllowed(attributes: string): boolean {
  return [...attributes.matchAll(ATTRIBUTE)].every(
    ([, name = '', value = '']) => ATTRIBUTES.has(name) && !OUTSIDE_URL.test(value)
  )
}
