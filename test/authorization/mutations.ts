/** A list of parameters, in the order in which they are sent. */
export type Sent = readonly (readonly [name: string, value: string])[]

/** A request with one change. */
export interface Mutation {
  readonly name: string
  readonly parameters: Sent
  /** How often the name of the changed parameter is sent with exactly the first value that it had. */
  readonly keeps: boolean
}

/** A text that must not be in a page. */
export const MARKUP = '"><script>canary()</script>'

const VALUES: Readonly<Record<string, string>> = {
  empty: '',
  markup: MARKUP,
  NUL: 'a\0b',
  'line breaks': 'a\r\nset-cookie: canary=1',
  'letters of many scripts': 'ä€漢🔑\u202Eabc',
  'a lone surrogate': '\uD800',
  'a very long text': 'x'.repeat(6000),
  'a foreign URI': 'https://evil.example.com/',
  'a script': 'javascript:canary()',
  __proto__: '__proto__',
  constructor: 'constructor',
  JSON: '{"$ne":null}',
  'a number': '0',
  'a percent sign': '%',
  spaces: '   '
}

const SUFFIXES = ['[]', '[a]', '.a', '[__proto__]', '\0']

/** Every mutation of every parameter: missing, doubled, foreign, overlong, nested. */
export function mutationsOf(parameters: Sent): readonly Mutation[] {
  const one = parameters.flatMap(([name, value], at) => {
    const others = parameters.filter((_, other) => other !== at)
    const mutation = (what: string, ...changed: Sent): Mutation => ({
      name: `${name}: ${what}`,
      parameters: [...others.slice(0, at), ...changed, ...others.slice(at)],
      keeps: changed.some((sent) => sent[0] === name && sent[1] === value)
    })
    return [
      mutation('missing'),
      mutation('twice', [name, value], [name, value]),
      mutation('another one before it', [name, 'https://evil.example.com/'], [name, value]),
      mutation('another one after it', [name, value], [name, 'https://evil.example.com/']),
      mutation('in capitals', [name.toUpperCase(), value]),
      ...SUFFIXES.map((suffix) => mutation(`as ${JSON.stringify(name + suffix)}`, [name + suffix, value])),
      ...SUFFIXES.map((suffix) =>
        mutation(`with ${JSON.stringify(name + suffix)}`, [name, value], [name + suffix, 'a'])
      ),
      ...Object.entries(VALUES).map(([what, text]) => mutation(what, [name, text])),
      ...Object.entries(VALUES).map(([what, text]) => mutation(`followed by ${what}`, [name, value + text]))
    ]
  })
  const added = [
    '__proto__',
    'constructor',
    'toString',
    '__proto__[admin]',
    'constructor[prototype][a]',
    '',
    '[]',
    '='
  ].map(
    (name): Mutation => ({
      name: `with ${JSON.stringify(name)}`,
      parameters: [...parameters, [name, MARKUP]],
      keeps: true
    })
  )
  return [...one, ...added]
}

/** The parameters as a query or a form. */
export function written({ parameters }: Pick<Mutation, 'parameters'>): string {
  return new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value])).toString()
}
