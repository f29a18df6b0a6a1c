import { TokenError } from '../errors.ts'

const FORM = 'application/x-www-form-urlencoded'
const CHARSET = /^charset=(?:([\w.:-]+)|"([\w.:-]+)")$/i
const BEYOND_ASCII = /[\u0080-\uFFFF]|%[89A-F]/i

/** The encoding of a form. `ascii`: the charset is another one that contains ASCII, so the form must be ASCII only. */
export type FormEncoding = 'utf-8' | 'ascii'

/**
 * The encoding of a form, from a `Content-Type` header. Accepts the spellings of real clients: `utf8`, in quotation marks, with
 * a semicolon at the end.
 *
 * @throws TokenError `invalid_request` unless the type is that of forms, with an accepted encoding
 */
export function encodingOf(contentType: string): FormEncoding {
  const [type = '', ...rest] = contentType.split(';').map(withoutSpace)
  const [parameter, ...others] = rest.filter((part) => part !== '')
  if (type.toLowerCase() === FORM && others.length === 0) {
    if (parameter === undefined) return 'utf-8'
    const [, token, quoted] = CHARSET.exec(parameter) ?? []
    const encoding = encodingNamed(token ?? quoted ?? '')
    if (encoding !== undefined) return encoding
  }
  throw new TokenError('invalid_request', `The body must be of the type ${FORM}, in UTF-8`)
}

/**
 * Decodes the text of a form.
 *
 * @throws TokenError `invalid_request` for bytes that are invalid in the encoding. Replacing them could make two passwords
 * equal.
 */
export function textOf(body: Uint8Array, encoding: FormEncoding): string {
  const text = decoded(body)
  if (text === undefined || (encoding === 'ascii' && BEYOND_ASCII.test(text))) {
    throw new TokenError('invalid_request', 'The body is not form-encoded in UTF-8')
  }
  return text
}

function decoded(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return undefined
  }
}

// For browsers and for TextDecoder, "iso-8859-1", "latin1" and "us-ascii" are all windows-1252.
function encodingNamed(label: string): FormEncoding | undefined {
  try {
    const { encoding } = new TextDecoder(label)
    if (encoding === 'utf-8') return 'utf-8'
    return encoding === 'windows-1252' ? 'ascii' : undefined
  } catch {
    return undefined
  }
}

// A leading space is kept, so the type is refused: such headers have bypassed the checks of other parsers.
function withoutSpace(part: string, index: number): string {
  const ended = part.replace(/[ \t]+$/, '')
  return index === 0 ? ended : ended.replace(/^[ \t]+/, '')
}
