import { english, german, html, type Markup } from '@latchkey/pages'
import t from 'tap'

// The parameters of all texts. A text gets more of them than its type says.
const parameters = {
  name: 'N',
  brand: null,
  minLength: 15,
  app: html`<b>A</b>`,
  place: html`<b>P</b>`,
  code: html`<b>C</b>`,
  host: html`<b>H</b>`,
  error: 'invalid_scope',
  description: 'The scope is malformed',
  methods: ['GET', 'POST']
}
// Their place in the dictionary tells that these are plain texts.
const plain: Readonly<Record<string, object>> = { 'authorization.consent.title': { app: 'A' } }

/** Returns all texts of a dictionary by their paths. */
function textsIn(dictionary: object, path = ''): readonly (readonly [path: string, text: string])[] {
  return Object.entries(dictionary).flatMap(([name, value]: [string, unknown]) => {
    const at = path === '' ? name : `${path}.${name}`
    if (typeof value === 'string') return [[at, value] as const]
    if (typeof value !== 'function') return textsIn(value as object, at)
    const text = (value as (given: object) => string | Markup)(plain[at] ?? parameters)
    return [[at, typeof text === 'string' ? text : text.markup] as const]
  })
}

t.test('German has the same texts as English, and none of them is English', async (t) => {
  const [ours, theirs] = [new Map(textsIn(english)), new Map(textsIn(german))]
  t.same([...theirs.keys()].sort(), [...ours.keys()].sort())
  t.ok(ours.size > 100)
  for (const [path, text] of theirs) {
    if (path !== 'direction') t.not(text, ours.get(path), path)
    t.notMatch(text, /undefined|\[object/, path)
    t.equal(text.trim(), text, path)
  }
})

t.test('German is formal', async (t) => {
  for (const [path, text] of textsIn(german)) t.notMatch(text, /\b(?:du|dich|dir|deine?[mnrs]?)\b/i, path)
})

t.test('every parameter of a text is in it, in both languages', async (t) => {
  for (const [path, marks] of [
    ['login.logInWith', ['N']],
    ['passwordLogin.newPasswordHint', ['15']],
    ['passwordLogin.faults.shortPassword', ['15']],
    ['authorization.consent.title', ['A']],
    ['authorization.consent.wantsToAct', ['<b>A</b>', '<b>P</b>']],
    ['authorization.consent.compare', ['<b>C</b>']],
    ['authorization.consent.answerGoesTo', ['<b>P</b>']],
    ['authorization.consent.loggedInAs', ['N']],
    ['authorization.device.allowed', ['<b>A</b>']],
    ['authorization.device.denied', ['<b>A</b>']],
    ['authorization.fault.appIsAt', ['<b>H</b>']],
    ['authorization.fault.methodNotAllowed', ['GET', 'POST']]
  ] as const) {
    for (const dictionary of [english, german]) {
      const text = new Map(textsIn(dictionary)).get(path) ?? ''
      for (const mark of marks) t.ok(text.includes(mark), `${dictionary.language} ${path}: ${mark}`)
    }
  }
})

t.test('a provider with rules for the wording of its button gets these words', async (t) => {
  for (const [brand, name, inEnglish, inGerman] of [
    ['google', 'Google', 'Sign in with Google', 'Über Google anmelden'],
    ['microsoft', 'Microsoft', 'Sign in with Microsoft', 'Mit Microsoft anmelden'],
    ['apple', 'Apple', 'Sign in with Apple', 'Mit Apple anmelden'],
    ['discord', 'Discord', 'Log in with Discord', 'Mit Discord anmelden'],
    [null, 'Acme', 'Log in with Acme', 'Mit Acme anmelden']
  ] as const) {
    t.equal(english.login.logInWith({ name, brand }), inEnglish)
    t.equal(german.login.logInWith({ name, brand }), inGerman)
  }
})
