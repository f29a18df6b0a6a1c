import { normalizeUsername } from '@latchkey/passwords'
import t from 'tap'

const accepted: [name: string, username: string, normalized: string][] = [
  ['plain ASCII', 'johndoe', 'johndoe'],
  ['a fullwidth commercial at, U+FF20', 'alice＠example.com', 'alice@example.com'],
  ['a ligature', 'ﬁona', 'fiona'],
  ['a letter and its combining accent', 'Ame\u0301lie', 'Am\u00E9lie'],
  ['a no-break space', 'ada\u00A0lovelace', 'ada lovelace'],
  ['spaces around it and capitals', ' Ada ', ' Ada '],
  ['a character beyond the basic plane', '😀', '😀'],
  ['256 characters', 'a'.repeat(256), 'a'.repeat(256)],
  ['the name __proto__', '__proto__', '__proto__']
]

for (const [name, username, normalized] of accepted) {
  t.test(`normalizes a username with ${name} (SEC-19)`, async (t) => {
    t.equal(normalizeUsername(username), normalized)
    t.equal(normalizeUsername(normalized), normalized)
  })
}

const refused: [name: string, username: string][] = [
  ['no character', ''],
  ['257 characters', 'a'.repeat(257)],
  ['256 characters that normalise to more', '\u2100'.repeat(256)],
  ['NUL', 'admin\0'],
  ['a line feed', 'admin\n'],
  ['DEL', 'ad\u007Fmin'],
  ['a C1 control', 'ad\u0085min'],
  ['a line separator', 'ad\u2028min'],
  ['a paragraph separator', 'ad\u2029min'],
  ['a zero-width space', 'ad\u200Bmin'],
  ['a zero-width joiner', 'ad\u200Dmin'],
  ['a soft hyphen', 'ad\u00ADmin'],
  ['a byte order mark', '\uFEFFadmin'],
  ['a right-to-left override', 'ad\u202Emin'],
  ['a tag character', 'admin\u{E0061}'],
  ['a variation selector', 'admin\uFE0F'],
  ['a Hangul filler, once it is normalised', '\u3164'],
  ['a lone high surrogate', 'ad\uD800min'],
  ['a lone low surrogate', 'ad\uDC00min'],
  ['a noncharacter', 'admin\uFFFE'],
  ['a private use character', 'admin\uE000']
]

for (const [name, username] of refused) {
  t.test(`rejects a username with ${name} (SEC-19)`, async (t) => {
    t.equal(normalizeUsername(username), null)
  })
}
