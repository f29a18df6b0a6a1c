export default {
  number: 8252,
  title: 'Native Apps',
  requirements: [
    {
      section: '5',
      text: 'A native app opens the browser of the user, and no view of its own. §8.12 too.',
      reason: 'A matter of apps.'
    },
    { section: '6', text: 'Native apps use PKCE.' },
    { section: '7', text: 'All three kinds of redirect URIs of native apps work.' },
    { section: '7.1', text: 'A private-use scheme works. It contains a dot, as a reversed domain name does.' },
    { section: '7.2', text: 'An https URL that an app claims works.' },
    { section: '7.3', text: 'A loopback URI works with any port, which the request chooses. It may be IPv4 or IPv6.' },
    { section: '8.1', text: 'The server refuses a request of a native app without PKCE.' },
    { section: '8.2', text: 'Native apps do not use the implicit grant.' },
    {
      section: '8.3',
      text: '`localhost` is not recommended; the address is.',
      reason: 'Accepted all the same, with any port: popular clients register it. The choice is the client’s.'
    },
    {
      section: '8.4',
      text: 'A client registers its complete redirect URI. Another one is refused, except another port on loopback.',
      tests: ['shows a page', 'pattern']
    },
    { section: '8.4', text: 'A scheme without a dot is refused.', tests: 'redirect URI that' },
    {
      section: '8.4',
      text: 'The server knows the type of a client: a native app is public, and needs no secret.',
      tests: 'has one'
    },
    {
      section: '8.5',
      text: 'A secret that is part of an app proves nothing.',
      tests: 'the user again about',
      reason: 'Clients that register or describe themselves get no secret. An operator should give none to apps.'
    },
    { section: '8.6', text: 'Without proof of the client’s identity the user is asked each time.' },
    {
      section: '8.7',
      text: 'An app does not open a page that only looks like a browser.',
      reason: 'A matter of apps. §8.8 and §8.11 too.'
    },
    {
      section: '8.9',
      text: 'An app protects its redirect URI from forged requests.',
      reason: 'A matter of apps. The server sends `state` back and requires PKCE.'
    },
    { section: '8.10', text: 'A client has a redirect URI of its own for each server.' },
    {
      section: '8.12',
      text: 'A server may detect embedded browsers.',
      reason: 'Optional and unreliable, so not built.'
    }
  ]
}
