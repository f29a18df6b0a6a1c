import { html } from '../../html.ts'
import type { AuthorizationTexts } from '../authorization.ts'

export const authorization: AuthorizationTexts = {
  consent: {
    title: ({ app }) => `Allow ${app}?`,
    wantsToAct: ({ app, place }) => html`${app}, ${place}, wants to act for you.`,
    appOnThisDevice: 'an app on this device',
    appOnAnotherDevice: 'an app on another device',
    compare: ({ code }) => html`The device must show the code ${code}. Only continue if you started this on your device.
If somebody else sent you the code or a link, do not allow it.`,
    answerGoesTo: ({ place }) => html`Your answer goes to ${place}.`,
    asks: 'It asks to:',
    allowedBefore: 'You have allowed it before to:',
    allow: 'Allow',
    deny: 'Do not allow',
    loggedInAs: ({ name }) => `You are logged in as ${name}.`,
    switchUser: 'Log in as somebody else'
  },
  userCode: {
    title: 'Connect a device',
    label: 'The code that your device shows',
    button: 'Continue',
    unknown: 'This code is wrong, or has expired. Compare it with the code on your device.',
    nothing: 'Your account cannot give the app on the device what it asks for.'
  },
  device: {
    allowedTitle: 'You are done',
    allowed: ({ app }) => html`Go back to ${app} on your device.`,
    deniedTitle: 'Not allowed',
    denied: ({ app }) => html`${app} cannot act for you. Close this page.`
  },
  formPost: { title: 'Back to the app', button: 'Continue to the app' },
  fault: {
    title: 'This does not work',
    startAgain: 'Go back to the app and start again.',
    appIsAt: ({ host }) => html`The app is at ${host}. Go back only if you came from there.`,
    back: 'Back to the app',
    faultyRequest: ({ description }) => `The app sent a faulty request. ${description}.`,
    refused: ({ description }) => `The app did not get what it asked for. ${description}.`,
    repeatedName: 'The app sent a request that names itself or its address twice.',
    unknownApp: 'The app that sent you here is not known.',
    unregisteredAddress: 'The app that sent you here has not registered the address that you would go back to.',
    unknownRequest: 'The request of the app is unknown, was used before, or has expired.',
    appGone: 'The app that sent you here is not known any more.',
    deviceAppGone: 'The app on the device is not known any more.',
    answered: 'This request was answered before, or has expired.',
    methodNotAllowed: ({ methods }) => `This address answers ${methods.join(' and ')} requests only.`,
    serverError: 'The server failed to answer.',
    unavailable: 'The server cannot answer now. Try again later.',
    tooManyRequests: 'There were too many requests from your network. Try again later.',
    invalidRequest: 'This request cannot be answered.'
  }
}
