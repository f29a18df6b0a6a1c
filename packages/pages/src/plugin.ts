// The look and the texts of the pages of a server: name, logo, colours and languages.
import { RegistrationError } from '@latchkey/options'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { type PagesOptions, resolveOptions } from './options.ts'
import { addSettings } from './settings.ts'

const NAME = '@latchkey/pages'

const plugin: FastifyPluginAsync<PagesOptions> = async (app, given) => {
  const options = resolveOptions(given)
  if (addSettings(app.server, options)) return
  throw new RegistrationError(NAME, 'the plugin is registered twice. Fix: register it once; it is for the whole server')
}

/**
 * The plugin that gives all pages of a server a name, a logo, two colours and texts in other languages. It counts for the pages of
 * all plugins and contexts, in whichever order and context it is registered. Without it, pages are in English, without a name.
 *
 * @throws RegistrationError for a wrong option, and when the server has the plugin already
 *
 * @example
 * ```ts
 * await app.register(pages, { name: 'Acme', colors: { main: '#7c3aed' }, texts: [english, german] })
 * ```
 */
const pages: FastifyPluginAsync<PagesOptions> = fp(plugin, { name: NAME, fastify: '5.x' })
export default pages
