import { errorWith } from '../documented-answers.ts'
import type { AccountForm } from './form-route.ts'

/** The parts of an operation that differ. */
export interface Operation {
  readonly summary: string
  readonly description: string
  /** The members of the body: all are required texts. */
  readonly members: Readonly<Record<string, string>>
  /** The JSON answer. */
  readonly answer: Readonly<Record<string, object>>
}

const errors = {
  400: errorWith('A member is missing or cannot be used, or the link does not work'),
  403: errorWith('A page of another origin made the request, or it has no session'),
  429: errorWith('Too many requests'),
  503: errorWith('The store, the users or the mails cannot answer now')
}

/** The answer after a mail was asked for. */
export const MAIL_SENT: Operation['answer'] = {
  202: {
    description: 'For JSON: if the address can get this mail, it is sent. The answer is the same for all addresses',
    type: 'object',
    required: ['sent'],
    properties: { sent: { type: 'boolean', const: true } }
  }
}

/** The OpenAPI operation of a form. It validates nothing. */
export function documentationOf({ summary, description, members, answer }: Operation): AccountForm['documentation'] {
  return {
    tags: ['Login'],
    summary,
    description,
    consumes: ['application/json', 'application/x-www-form-urlencoded'],
    body: {
      type: 'object',
      required: Object.keys(members),
      properties: Object.fromEntries(
        Object.entries(members).map(([name, text]) => [name, { type: 'string', description: text }])
      )
    },
    response: {
      ...answer,
      303: { description: 'For a form: a redirect to the next page', type: 'null' },
      ...errors
    }
  }
}
