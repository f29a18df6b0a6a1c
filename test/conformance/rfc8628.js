export default {
  number: 8628,
  title: 'Device Authorization Grant',
  requirements: [
    { section: '1', text: 'The whole flow works.' },
    { section: '3', text: 'The flow works when the server restarts between its steps.' },
    {
      section: '3.1',
      text: 'A client asks for codes when its user wants to log in, and not on its own.',
      reason: 'A matter of clients: the example asks when its command is run.'
    },
    { section: '3.1', text: 'A client with a secret authenticates for its codes.', tests: 'confidential' },
    {
      section: '3.1',
      text: 'A repeated parameter is refused, one without a value is omitted, and an unknown one is ignored.',
      tests: 'repeated'
    },
    {
      section: '3.2',
      text: 'The answer has the codes, the URLs, the lifetime and the interval, and is not cacheable.',
      tests: 'gives a device tokens'
    },
    { section: '3.2', text: 'A refusal is that of the token endpoint.', tests: 'refuses a request' },
    {
      section: '3.2',
      text: 'The URL is short, and has no code (§3.3).',
      tests: 'gives a device tokens'
    },
    {
      section: '3.3',
      text: 'The user logs in, sees the client and its scopes, and decides. Then the page says to go back to the device.'
    },
    { section: '3.3.1', text: 'With the complete URL the user compares the code and presses a button.' },
    { section: '3.4', text: 'A client authenticates, or names itself. A device code is for its client only.' },
    {
      section: '3.5',
      text: 'Polls get `authorization_pending`, then tokens, `access_denied` or `expired_token`.',
      tests: ['access_denied', 'expired_token']
    },
    { section: '3.5', text: '`slow_down` adds five seconds to this interval and all later ones.', tests: 'slow_down' },
    {
      section: '3.5',
      text: 'A client waits for the interval, obeys `slow_down`, and stops at every other error.',
      tests: 'command-line'
    },
    { section: '4', text: 'The metadata have `device_authorization_endpoint` and the grant type.' },
    {
      section: '5.1',
      text: 'Guesses of user codes are limited, and a user code lives for a short time: of 34 bits, an address can try 50 in 15 minutes.'
    },
    { section: '5.2', text: 'A device code has 256 random bits. The store holds its hash.' },
    {
      section: '5.3',
      text: 'The device may not be what it seems.',
      reason: 'The page names the client. More than its registration is not known about a device.'
    },
    {
      section: '5.4',
      text: 'The page says that a device is about to act for the user, shows the code to compare, and warns.'
    },
    {
      section: '5.5',
      text: 'Others may see the code on the device.',
      reason: 'A matter of devices. A code works once and for a short time.'
    },
    { section: '5.6', text: 'The client may be public, so the user is asked each time.' },
    { section: '5.7', text: 'A device may speak its code.', reason: 'A matter of devices.' },
    { section: '6.1', text: 'A user code has consonants only. Case and all other signs do not matter.' }
  ]
}
