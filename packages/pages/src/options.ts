import * as o from '@latchkey/options'
import { isHexColor } from './brand/color.ts'
import { logoSource } from './brand/logo.ts'
import { english } from './texts/english/english.ts'
import { texts } from './texts/schema.ts'
import type { Texts } from './texts/texts.ts'

/** Two colours in hexadecimal digits: `#rgb` or `#rrggbb`. */
export interface PageColors {
  /** The colour of the button that does what a page is for, and of links. Default: a blue. */
  main?: string | undefined
  /** The colour behind everything. Default: white, and a dark grey in dark mode. */
  background?: string | undefined
}

/**
 * The options of the pages. A wrong option stops the server from starting, with an error that contains the fix.
 *
 * @example
 * ```ts
 * await app.register(pages, { name: 'Acme', logo: '/logo.svg', colors: { main: '#7c3aed' }, texts: [english, german] })
 * ```
 */
export interface PagesOptions {
  /** The name of the application: at the top of each page, and in its title. Plain text, up to 60 characters. Default: none. */
  name?: string | undefined
  /**
   * The logo, at the top of each page, up to 48 CSS pixels high: a path of this server, an https URL, or a `data:` URL of an
   * image, of up to 64 KiB. Needs `name`. The policy of the pages allows this image alone; for a path those
   * of this origin, and for a `data:` URL all of these.
   */
  logo?: string | undefined
  /**
   * The colours. The colours of texts and lines are chosen to have the contrast of WCAG 2.2 AA. `dark` is for dark mode; without
   * it, `main` and `background` count there too.
   */
  colors?: (PageColors & { dark?: PageColors | undefined }) | undefined
  /**
   * The texts. A list: the request's `Accept-Language` chooses, and the first counts if it accepts none. Default: English.
   *
   * @example texts: [english, german]
   */
  texts?: Texts | readonly [Texts, ...Texts[]] | undefined
}

/** The two colours of a color scheme. */
interface PagePair {
  readonly main: string
  readonly background: string
}

/** The options with their defaults. */
export interface ResolvedOptions {
  readonly name: string | null
  readonly logo: string | null
  readonly colors: { readonly light: PagePair; readonly dark: PagePair }
  readonly texts: readonly [Texts, ...Texts[]]
}

const NAME = '@latchkey/pages'
const LIGHT = { main: '#0b57d0', background: '#ffffff' }
const DARK = { main: '#a8c7fa', background: '#161616' }

const color = o.optional(o.must<string>("be a colour such as '#0b57d0'", isHexColor))

const schema = o.pluginOptions({
  name: o.optional(
    o.must<string>(
      'be one line of 1 to 60 characters',
      (value) => typeof value === 'string' && /^\P{Cc}{1,60}$/u.test(value) && value.trim() === value
    )
  ),
  logo: o.optional(
    o.must<string>(
      "be a path such as '/logo.svg', an https URL, or a data: URL of an image of up to 64 KiB",
      (value) => logoSource(value) !== null
    )
  ),
  colors: o.group({
    main: color,
    background: color,
    dark: o.group({ main: color, background: color })
  }),
  texts: o.optional(
    o.either<readonly Texts[], Texts>(
      Array.isArray,
      o.listOf('be a dictionary, or a list of at least one', texts, 1),
      texts
    ),
    english
  )
})

/**
 * Checks the options and adds the defaults.
 *
 * @throws RegistrationError naming the option and the fix
 */
export function resolveOptions(given: PagesOptions): ResolvedOptions {
  const { name = null, logo = null, colors, texts: dictionaries } = o.checkOptions(NAME, schema, given)
  if (logo !== null && name === null) {
    throw new o.RegistrationError(NAME, 'name is required with logo: it is the text for users who do not see the logo')
  }
  const { main, background, dark } = colors
  // Cast: a list has at least one dictionary.
  const list = (Array.isArray(dictionaries) ? dictionaries : [dictionaries]) as unknown as readonly [Texts, ...Texts[]]
  const languages = list.map(({ language }) => language)
  const twice = languages.findIndex((language, at) => languages.indexOf(language) !== at)
  if (twice !== -1) {
    throw new o.RegistrationError(NAME, `texts[${twice}].language must differ from the languages before it`)
  }
  return {
    name,
    logo,
    colors: {
      light: { main: main ?? LIGHT.main, background: background ?? LIGHT.background },
      dark: {
        main: dark.main ?? main ?? DARK.main,
        background: dark.background ?? background ?? DARK.background
      }
    },
    texts: list
  }
}
