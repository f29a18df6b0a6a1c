import { html } from '../../html.ts'
import type { AuthorizationTexts } from '../authorization.ts'

export const authorization: AuthorizationTexts = {
  consent: {
    title: ({ app }) => `Möchten Sie ${app} Zugriff geben?`,
    wantsToAct: ({ app, place }) => html`${app} (${place}) möchte in Ihrem Namen handeln.`,
    appOnThisDevice: 'eine App auf diesem Gerät',
    appOnAnotherDevice: 'eine App auf einem anderen Gerät',
    compare: ({
      code
    }) => html`Das Gerät muss den Code ${code} anzeigen. Fahren Sie nur fort, wenn Sie dies selbst auf Ihrem
Gerät begonnen haben. Wenn Ihnen jemand anderes den Code oder einen Link geschickt hat, geben Sie keinen Zugriff.`,
    answerGoesTo: ({ place }) => html`Ihre Antwort geht an: ${place}.`,
    asks: 'Die App bittet um:',
    allowedBefore: 'Schon früher erlaubt haben Sie:',
    allow: 'Erlauben',
    deny: 'Nicht erlauben',
    loggedInAs: ({ name }) => `Sie sind als ${name} angemeldet.`,
    switchUser: 'Als jemand anderes anmelden'
  },
  userCode: {
    title: 'Gerät verbinden',
    label: 'Der Code, den Ihr Gerät anzeigt',
    button: 'Weiter',
    unknown: 'Dieser Code ist falsch oder abgelaufen. Bitte vergleichen Sie ihn mit dem Code auf Ihrem Gerät.',
    nothing: 'Ihr Konto kann der App auf dem Gerät nicht geben, worum sie bittet.'
  },
  device: {
    allowedTitle: 'Fertig',
    allowed: ({ app }) => html`Kehren Sie auf Ihrem Gerät zu ${app} zurück.`,
    deniedTitle: 'Nicht erlaubt',
    denied: ({ app }) => html`${app} kann nicht in Ihrem Namen handeln. Sie können diese Seite schließen.`
  },
  formPost: { title: 'Zurück zur App', button: 'Weiter zur App' },
  fault: {
    title: 'Das geht leider nicht',
    startAgain: 'Bitte kehren Sie zur App zurück und beginnen Sie von vorn.',
    appIsAt: ({ host }) =>
      html`Die App befindet sich auf ${host}. Kehren Sie nur zurück, wenn Sie von dort gekommen sind.`,
    back: 'Zurück zur App',
    faultyRequest: ({ error }) => `Die App hat eine fehlerhafte Anfrage gesendet (${error}).`,
    refused: ({ error }) => `Die App hat nicht erhalten, worum sie gebeten hat (${error}).`,
    repeatedName: 'Die App hat eine Anfrage gesendet, die sie selbst oder ihre Adresse doppelt nennt.',
    unknownApp: 'Die App, die Sie hierher geschickt hat, ist nicht bekannt.',
    unregisteredAddress:
      'Die App, die Sie hierher geschickt hat, hat die Adresse nicht registriert, zu der Sie zurückkehren würden.',
    unknownRequest: 'Die Anfrage der App ist unbekannt, wurde bereits verwendet oder ist abgelaufen.',
    appGone: 'Die App, die Sie hierher geschickt hat, ist nicht mehr bekannt.',
    deviceAppGone: 'Die App auf dem Gerät ist nicht mehr bekannt.',
    answered: 'Diese Anfrage wurde bereits beantwortet oder ist abgelaufen.',
    methodNotAllowed: ({ methods }) => `Diese Adresse beantwortet nur Anfragen mit ${methods.join(' und ')}.`,
    serverError: 'Der Server konnte nicht antworten.',
    unavailable: 'Der Server kann zurzeit nicht antworten. Bitte versuchen Sie es später noch einmal.',
    tooManyRequests: 'Aus Ihrem Netz kamen zu viele Anfragen. Bitte versuchen Sie es später noch einmal.',
    invalidRequest: 'Diese Anfrage lässt sich nicht beantworten.'
  }
}
