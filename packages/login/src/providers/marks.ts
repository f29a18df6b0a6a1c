// The marks on the buttons of providers: drawn for this package, in the colours that the brand rules of the providers name.
import type { ProviderMark } from './provider.ts'

const svg = (content: string): string =>
  `<svg viewBox="0 0 24 24" width="20" height="20" fill="currentColor">${content}</svg>`

/** White on black, and black on white in dark mode. */
export const appleMark: ProviderMark = {
  brand: 'apple',
  svg: svg(
    '<path d="M15.8 2c.2 2.4-1.6 4.4-3.8 4.4C11.8 4.2 13.7 2.2 15.8 2z"/>' +
      '<path d="M19.9 16.9c-1 2.7-2.7 5.1-4.4 5.1-1.3 0-1.9-.8-3.4-.8s-2.1.8-3.4.8C6.4 22 3.5 17.2 3.5 13.3c0-3.7 ' +
      '2.3-6 4.8-6 1.6 0 2.6.9 3.8.9 1.2 0 2.3-1 4.1-1 1.5 0 2.9.7 3.8 2-3.1 1.8-2.7 6.4-.1 7.7z"/>'
  )
}

/** White on the blurple `#5865F2`. */
export const discordMark: ProviderMark = {
  brand: 'discord',
  svg: svg(
    '<path fill-rule="evenodd" d="M8.7 4.5 9.3 5.6a13 13 0 0 1 5.4 0l.6-1.1c1.5.3 2.9.7 4 1.3 2 3.4 3 6.9 2.7 ' +
      '10.8-1.6 1.3-3.2 2.2-5 2.7l-1.1-1.9 1.5-.8-.4-.4a11.5 11.5 0 0 1-10 0l-.4.4 1.5.8-1.1 1.9c-1.8-.5-3.4-1.4-5-2.7' +
      'C1.7 12.7 2.7 9.2 4.7 5.8c1.1-.6 2.5-1 4-1.3zM8.5 10.2a1.9 2.1 0 1 0 0 4.2 1.9 2.1 0 0 0 0-4.2zm7 0a1.9 ' +
      '2.1 0 1 0 0 4.2 1.9 2.1 0 0 0 0-4.2z"/>'
  )
}

/** The mark in one colour. */
export const githubMark: ProviderMark = {
  brand: 'github',
  svg: svg(
    '<path fill-rule="evenodd" d="M12 1.5a10.5 10.5 0 1 1 0 21 10.5 10.5 0 0 1 0-21zM7.2 5.2C6.8 6.2 6.7 7.2 7 8.2c-.8.9-1.2 1.9-1.2 ' +
      '3.1 0 2.9 1.7 4.5 4.4 4.8-.5.5-.8 1.1-.8 1.9-1.5.4-2.2-.2-2.8-1.2-.4-.7-.9-1-1.5-.9.9.5 1 2.8 2.6 3.2.5.1 1.1.1 1.7 0v3' +
      'h5.2v-4c0-.9-.3-1.5-.8-2 2.7-.3 4.4-1.9 4.4-4.8 0-1.2-.4-2.2-1.2-3.1.3-1 .2-2-.2-3-1.1 0-2.1.5-3 1.2a10 10 0 0 0-3.6 0' +
      'C9.3 5.7 8.3 5.2 7.2 5.2z"/>'
  )
}

/** The fox in its three oranges. */
export const gitlabMark: ProviderMark = {
  svg: svg(
    '<path fill="#e24329" d="M12 21.5 7.8 9.5h8.4z"/><path fill="#fc6d26" d="M12 21.5 1.8 9.5h6zM12 21.5l10.2-12h-6z"/>' +
      '<path fill="#fca326" d="M1.8 9.5 1 13.4 12 21.5zM22.2 9.5l.8 3.9L12 21.5z"/>' +
      '<path fill="#e24329" d="M4.5 2.5 1.8 9.5h6zM19.5 2.5l2.7 7h-6z"/>'
  )
}

/** The letter in its four colours, on white or near black. */
export const googleMark: ProviderMark = {
  brand: 'google',
  svg: svg(
    '<g fill="none" stroke-width="4"><path stroke="#ea4335" d="M5.07 8A8 8 0 0 1 17.66 6.34"/>' +
      '<path stroke="#fbbc05" d="M5.07 16a8 8 0 0 1 0-8"/><path stroke="#34a853" d="M17.66 17.66A8 8 0 0 1 5.07 16"/>' +
      '<path stroke="#4285f4" d="M12.5 12H20a8 8 0 0 1-2.34 5.66"/></g>'
  )
}

/** The four squares, on white or grey. */
export const microsoftMark: ProviderMark = {
  brand: 'microsoft',
  svg: svg(
    '<path fill="#f25022" d="M2 2h9.5v9.5H2z"/><path fill="#7fba00" d="M12.5 2H22v9.5h-9.5z"/>' +
      '<path fill="#00a4ef" d="M2 12.5h9.5V22H2z"/><path fill="#ffb900" d="M12.5 12.5H22V22h-9.5z"/>'
  )
}
