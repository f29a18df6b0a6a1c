import { contrast, mixed } from './color.ts'

/** The colours of a page in one color scheme. */
export interface Palette {
  readonly text: string
  readonly background: string
  /** Text of less weight. */
  readonly quiet: string
  /** The lines around fields and buttons. */
  readonly line: string
  readonly button: string
  readonly buttonHover: string
  /** The button that does what the page is for. */
  readonly main: string
  readonly onMain: string
  readonly mainHover: string
  readonly mainLine: string
  readonly link: string
  readonly focus: string
  readonly fault: string
}

/** The least contrast of text, and of lines and symbols, for WCAG 2.2 AA. */
const TEXT_CONTRAST = 4.5
const LINE_CONTRAST = 3

const TEXTS = ['#1a1a1a', '#f0f0f0', '#000000', '#ffffff']

/**
 * Returns the colours of a page from two. Text and lines have the contrast of WCAG 2.2 AA.
 *
 * @see [WCAG 2.2 §1.4.3](https://www.w3.org/TR/WCAG22/#contrast-minimum), [§1.4.11](https://www.w3.org/TR/WCAG22/#non-text-contrast)
 */
export function paletteOf(main: string, background: string): Palette {
  const text = textOn(background)
  const onMain = textOn(main)
  const isReadable = (color: string): boolean => contrast(color, background) >= TEXT_CONTRAST
  const isVisible = (color: string): boolean => contrast(color, background) >= LINE_CONTRAST
  const towards = (share: number): string => mixed(text, background, share)
  const away = mixed(main, contrast(onMain, '#000000') > contrast(onMain, '#ffffff') ? '#000000' : '#ffffff', 0.18)
  const button = (share: number): string => {
    const color = mixed(background, text, share)
    return contrast(color, text) >= TEXT_CONTRAST ? color : background
  }
  return {
    text,
    background,
    quiet: [0.3, 0.15].map(towards).find(isReadable) ?? text,
    line: [0.45, 0.3].map(towards).find(isVisible) ?? towards(0.15),
    button: button(0.05),
    buttonHover: button(0.1),
    main,
    onMain,
    mainHover: away,
    mainLine: isVisible(main) ? main : text,
    link: isReadable(main) ? main : text,
    focus: isVisible(main) ? main : text,
    fault: ['#b3261e', '#f2b8b5'].find(isReadable) ?? text
  }
}

/** The first of the built-in text colours that can be read on a colour. On every colour, black or white can be read. */
function textOn(color: string): string {
  // Cast: of black and white, one has a contrast of 4.58 or more to any colour.
  return TEXTS.find((text) => contrast(text, color) >= TEXT_CONTRAST) as string
}
