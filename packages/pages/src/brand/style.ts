import type { Palette } from './palette.ts'

/** The colours of a page in both color schemes. */
export interface Palettes {
  readonly light: Palette
  readonly dark: Palette
}

const LAYOUT =
  'html{font-size:clamp(100%,.875rem + .25vw,200%);background:var(--background);color:var(--text)}' +
  'body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:24rem;padding:3rem 1.5rem;overflow-wrap:anywhere}' +
  'header{display:flex;align-items:center;gap:.75rem;margin-block-end:2rem;font-weight:600}' +
  'header img{display:block;max-height:3rem;max-width:50%}' +
  'h1{font-size:1.5rem;line-height:1.25}ul{padding-inline-start:1.25rem}ul.choices{list-style:none;padding:0}a{color:var(--link)}'

const FIELDS =
  'input:not([type=hidden],[type=checkbox]){display:block;box-sizing:border-box;width:100%;margin:.25rem 0 .75rem;' +
  'padding:.75rem 1rem;border:1px solid var(--line);border-radius:.5rem;font:inherit;color:inherit;background:transparent}' +
  'input[aria-invalid=true]:not([type=checkbox]){border:2px solid var(--fault)}' +
  'label.check{display:block;margin:.25rem 0 .75rem}' +
  'input[type=checkbox]{width:1.1rem;height:1.1rem;vertical-align:-.15rem;accent-color:var(--main)}' +
  '.quiet{color:var(--quiet)}.fault{color:var(--fault);margin:0 0 .75rem}'

const BUTTONS =
  '.button{display:flex;justify-content:center;align-items:center;gap:.75rem;box-sizing:border-box;width:100%;margin:.75rem 0;' +
  'padding:.75rem 1rem;border:1px solid var(--line);border-radius:.5rem;font:inherit;text-align:center;text-decoration:none;' +
  'color:inherit;background:var(--button);cursor:pointer}.button:hover{background:var(--button-hover)}' +
  '.button.main{color:var(--on-main);background:var(--main);border-color:var(--main-line)}' +
  '.button.main:hover{background:var(--main-hover)}' +
  ':is(.button,a,input):focus-visible{outline:3px solid var(--focus);outline-offset:2px}' +
  '.mark{flex:none;display:flex}.mark svg{width:1.25rem;height:1.25rem}'

/** A provider whose button has colours of its own in the style sheet. */
export type ButtonBrand = 'apple' | 'discord' | 'github' | 'google' | 'microsoft'

/** The colours that a provider asks for its button. */
interface ProviderColors {
  readonly text: string
  readonly background: string
  readonly line: string
}

/**
 * The colours of the buttons of providers with rules for them, in both color schemes.
 *
 * @see [Google](https://developers.google.com/identity/branding-guidelines), [Microsoft](https://learn.microsoft.com/entra/identity-platform/howto-add-branding-in-apps)
 * @see [Apple](https://developer.apple.com/design/human-interface-guidelines/sign-in-with-apple), [Discord](https://discord.com/branding)
 */
const PROVIDERS: Readonly<Record<ButtonBrand, readonly [light: ProviderColors, dark: ProviderColors]>> = {
  apple: [
    { text: '#fff', background: '#000', line: '#000' },
    { text: '#000', background: '#fff', line: '#fff' }
  ],
  discord: [
    { text: '#fff', background: '#5865f2', line: '#5865f2' },
    { text: '#fff', background: '#5865f2', line: '#5865f2' }
  ],
  github: [
    { text: '#fff', background: '#24292f', line: '#24292f' },
    { text: '#24292f', background: '#fff', line: '#fff' }
  ],
  google: [
    { text: '#1f1f1f', background: '#fff', line: '#747775' },
    { text: '#e3e3e3', background: '#131314', line: '#8e918f' }
  ],
  microsoft: [
    { text: '#5e5e5e', background: '#fff', line: '#8c8c8c' },
    { text: '#fff', background: '#2f2f2f', line: '#8c8c8c' }
  ]
}

/** The providers whose buttons have colours of their own. */
export const BUTTON_BRANDS: readonly ButtonBrand[] = Object.keys(PROVIDERS) as ButtonBrand[] // the type of keys() is text

// Named colours of the system: a browser replaces others only when it paints, and tools read the ones before.
const HIGH_CONTRAST =
  '@media(forced-colors:active){.button.button.button,.button.button.button:hover{color:ButtonText;background:ButtonFace;' +
  'border-color:ButtonText}}'

/** Returns the style sheet of all pages. Its hash is in the Content-Security-Policy. */
export function styleOf({ light, dark }: Palettes): string {
  return [
    `:root{color-scheme:light dark;${variables(light)}}`,
    LAYOUT,
    FIELDS,
    BUTTONS,
    providerButtons(0),
    `@media(prefers-color-scheme:dark){:root{${variables(dark)}}${providerButtons(1)}}`,
    HIGH_CONTRAST
  ].join('')
}

function variables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, color]) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}:${color}`)
    .join(';')
}

function providerButtons(scheme: 0 | 1): string {
  return Object.entries(PROVIDERS)
    .map(([name, schemes]) => {
      const { text, background, line } = schemes[scheme]
      return `.button.${name},.button.${name}:hover{color:${text};background:${background};border-color:${line}}.button.${name}:hover{text-decoration:underline}`
    })
    .join('')
}
