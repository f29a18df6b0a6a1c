import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { logoSource } from './brand/logo.ts'
import { paletteOf } from './brand/palette.ts'
import { styleOf } from './brand/style.ts'
import { type ResolvedOptions, resolveOptions } from './options.ts'
import { unfailingTexts } from './texts/unfailing.ts'

type Server = FastifyInstance['server']

/** The look and the texts of all pages of a server. */
export interface Settings extends Pick<ResolvedOptions, 'name' | 'logo' | 'texts'> {
  readonly style: string
  /** The sources of the policy. */
  readonly styleSource: string
  readonly logoSource: string | null
}

/** The settings of a server without the plugin. */
export const DEFAULT: Settings = settingsFrom(resolveOptions({}))

/**
 * The style sheet of the pages in the default colours, for pages that are not sent by {@link sendPage}: light and dark. Buttons and
 * links have the classes `button` and `main`. The colours are custom properties, such as `--text`, `--line` and `--focus`. The plugin
 * does not change it.
 *
 * @example
 * ```ts
 * const page = `<style>${STYLE_SHEET}</style><main><a class="button main" href="/login">Log in</a></main>`
 * ```
 */
export const STYLE_SHEET: string = DEFAULT.style

// Registered, because an application may have another copy of this package than a plugin.
const SETTINGS = Symbol.for('@latchkey/pages: settings')

/** The settings of a server: those of the plugin, in whichever context and order it is registered, or else the default ones. */
export function settingsOf(server: Server): Settings {
  return (Reflect.get(server, SETTINGS) as Settings | undefined) ?? DEFAULT // only addSettings() defines it
}

/** Sets the settings of a server. Returns `false` if it has some already. */
export function addSettings(server: Server, options: ResolvedOptions): boolean {
  if (SETTINGS in server) return false
  Object.defineProperty(server, SETTINGS, { value: settingsFrom(options) })
  return true
}

/** The source of a policy for a text in a page. */
export function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

function settingsFrom({ name, logo, colors: { light, dark }, texts }: ResolvedOptions): Settings {
  const style = styleOf({
    light: paletteOf(light.main, light.background),
    dark: paletteOf(dark.main, dark.background)
  })
  const [first, ...others] = texts
  const unfailing = [unfailingTexts(first), ...others.map(unfailingTexts)] as const
  return Object.freeze({
    name,
    logo,
    texts: unfailing,
    style,
    styleSource: hashOf(style),
    logoSource: logoSource(logo)
  })
}
