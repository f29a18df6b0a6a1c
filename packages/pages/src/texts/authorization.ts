import type { Markup } from '../html.ts'

/** The texts of the pages of `@latchkey/authorization-endpoint`. An `app` or `host` that is {@link Markup} is emphasized. */
export interface AuthorizationTexts {
  /** The page that asks the user whether a client may act for them. */
  readonly consent: {
    readonly title: (client: { readonly app: string }) => string
    /** @param client.place - the host of the app, or `appOnThisDevice` */
    readonly wantsToAct: (client: { readonly app: Markup; readonly place: Markup }) => Markup
    readonly appOnThisDevice: string
    readonly appOnAnotherDevice: string
    /** Asks the user to compare the code of a device, and to go on only if they started this themselves. */
    readonly compare: (device: { readonly code: Markup }) => Markup
    readonly answerGoesTo: (answer: { readonly place: Markup }) => Markup
    readonly asks: string
    readonly allowedBefore: string
    readonly allow: string
    readonly deny: string
    readonly loggedInAs: (user: { readonly name: string }) => string
    readonly switchUser: string
  }
  /** The page that asks for the code of a device. */
  readonly userCode: {
    readonly title: string
    readonly label: string
    readonly button: string
    readonly unknown: string
    /** The user can allow nothing of what the app asks for. */
    readonly nothing: string
  }
  /** The pages after the decision about a device. */
  readonly device: {
    readonly allowedTitle: string
    readonly allowed: (client: { readonly app: Markup }) => Markup
    readonly deniedTitle: string
    readonly denied: (client: { readonly app: Markup }) => Markup
  }
  /** The page that sends an answer to a client by a form. */
  readonly formPost: { readonly title: string; readonly button: string }
  /** The page about a request that cannot be answered to a client. */
  readonly fault: {
    readonly title: string
    readonly startAgain: string
    readonly appIsAt: (app: { readonly host: Markup }) => Markup
    readonly back: string
    /** @param refusal - the error code and its description, which is English: RFC 6749 §4.1.2.1 */
    readonly faultyRequest: (refusal: { readonly error: string; readonly description: string }) => string
    /** @param refusal - the error code and its description, which is English: RFC 6749 §4.1.2.1 */
    readonly refused: (refusal: { readonly error: string; readonly description: string }) => string
    readonly repeatedName: string
    readonly unknownApp: string
    readonly unregisteredAddress: string
    readonly unknownRequest: string
    readonly appGone: string
    readonly deviceAppGone: string
    readonly answered: string
    readonly methodNotAllowed: (allowed: { readonly methods: readonly string[] }) => string
    readonly serverError: string
    readonly unavailable: string
    readonly tooManyRequests: string
    readonly invalidRequest: string
  }
}
