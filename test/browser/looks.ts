// The looks in which the pages are opened.
import pages, { english, german, html, type Markup, type PagesOptions, type Texts } from '@latchkey/pages'
import type { FastifyInstance } from 'fastify'
import type { Page } from 'playwright-core'

const LOGO = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>')}`

/** Looks that an application may give to the pages. */
export const LOOKS: Readonly<Record<string, PagesOptions>> = {
  'in German': { name: 'Acme', logo: LOGO, texts: german },
  'from right to left, with a yellow for buttons': {
    name: 'Acme',
    colors: { main: '#ffd500', background: '#fffbf0', dark: { main: '#ffd500', background: '#102030' } },
    texts: { ...english, direction: 'rtl' }
  },
  'in marked words': { texts: { ...marked(english), language: 'en', direction: 'ltr' } }
}

/** Returns a dictionary in which each text is between ⟦ and ⟧. */
function marked(texts: Texts): Texts {
  const markedIn = (value: unknown): unknown => {
    if (typeof value === 'string') return `⟦${value}⟧`
    if (typeof value === 'function')
      return (...given: unknown[]) => markedText((value as (...values: unknown[]) => string | Markup)(...given))
    return Object.fromEntries(Object.entries(value as object).map(([name, text]) => [name, markedIn(text)]))
  }
  return markedIn(texts) as Texts // the same shape
}

function markedText(text: string | Markup): string | Markup {
  return typeof text === 'string' ? `⟦${text}⟧` : html`⟦${text}⟧`
}

/** The visible texts of a page that are no texts of the dictionary. */
export async function unmarkedTexts(page: Page): Promise<readonly string[]> {
  const read = `document.title + '\\n' + document.body.innerText`
  let text = String(await page.evaluate(read))
  for (let before = ''; before !== text; text = text.replace(/⟦[^⟦⟧]*⟧/g, '')) before = text
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !OF_THE_APPLICATION.has(line))
}

/** The texts of the servers above: names, and the descriptions of scopes. */
const OF_THE_APPLICATION = new Set(['Read your items', 'Change your items'])

/** Gives a server a look; `null` for the built-in one. */
export async function lookingLike(look: PagesOptions | null, server: FastifyInstance): Promise<FastifyInstance> {
  if (look !== null) await server.register(pages, look)
  return server
}
