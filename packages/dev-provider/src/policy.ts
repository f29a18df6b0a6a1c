import { errors, interactionPolicy } from 'oidc-provider'
import { isDenied } from './faults/deny.ts'

const { base, Check, Prompt } = interactionPolicy

/** Decides when the picking page is shown. */
export function policy(asksEveryTime: boolean): interactionPolicy.DefaultPolicy {
  const prompts = base()
  prompts.add(
    new Prompt(
      { name: 'select_account', requestable: true },
      new Check('denied', 'the fault deny is on', ({ req }) => {
        if (isDenied(req)) throw new errors.AccessDenied('The fault deny is on')
        return Check.NO_NEED_TO_PROMPT
      }),
      new Check('ask_again', 'the provider asks every time', 'interaction_required', ({ oidc }) => {
        return asksEveryTime && !oidc.result && !oidc.prompts.has('none')
      })
    ),
    0
  )
  return prompts
}
