export default {
  number: 7592,
  title: 'Dynamic Client Registration Management',
  requirements: [
    { section: '2', text: 'Another method than `GET` and `DELETE` gets 405.', tests: 'other bodies and methods' },
    {
      section: '2.1',
      text: 'A client reads its registration with its token. Its identifier stays. Another token, an unknown client and a removed client get 401.'
    },
    {
      section: '2.2',
      text: 'A client changes its registration.',
      tests: 'other bodies and methods',
      reason: 'Not built: `PUT` gets 405. A client registers again.'
    },
    {
      section: '2.3',
      text: 'A client removes its registration with 204. Its identifier and its token end at once.',
      tests: 'reads and removes'
    },
    { section: '2.3', text: 'Its codes and refresh tokens end.', tests: 'ends the codes' },
    {
      section: '2.3',
      text: 'Its access tokens end, if possible.',
      reason: 'They work until they expire, in ten minutes by default: they are verified without a look at the client.'
    },
    {
      section: '3',
      text: 'The answers have `registration_client_uri`, a complete URL, and `registration_access_token`.'
    },
    {
      section: '5',
      text: 'The token has 256 random bits, works as long as the client is registered, and no longer. The store holds its hash.'
    }
  ]
}
