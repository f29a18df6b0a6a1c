import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { logoSource } from './brand/logo.ts'
import { paletteOf } from './brand/palette.ts'
import { styleOf } from './brand/style.ts'
import { type ResolvedOptions, resolveOptions } from './options.ts'

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
const byServer = new WeakMap<Server, Settings>()

/** The settings of a server: those of the plugin, in whichever context and order it is registered, or else the default ones. */
export function settingsOf(server: Server): Settings {
  return byServer.get(server) ?? DEFAULT
}

/** Sets the settings of a server. Returns `false` if it has some already. */
export function addSettings(server: Server, options: ResolvedOptions): boolean {
  if (byServer.has(server)) return false
  byServer.set(server, settingsFrom(options))
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
  return Object.freeze({ name, logo, texts, style, styleSource: hashOf(style), logoSource: logoSource(logo) })
}
