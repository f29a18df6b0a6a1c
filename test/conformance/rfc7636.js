export default {
  number: 7636,
  title: 'Proof Key for Code Exchange',
  requirements: [
    { section: '4.1', text: 'A verifier has 43 to 128 unreserved characters.', tests: 'a code verifier' },
    {
      section: '4.1',
      text: 'A client makes a new random verifier for each request.',
      tests: ['the code verifier', 'each login']
    },
    { section: '4.2', text: 'A client that can use `S256` uses it.', tests: ['S256'] },
    { section: '4.2', text: 'The server has `S256`.', tests: 'no method plain' },
    { section: '4.3', text: 'A client sends the challenge and its method.' },
    { section: '4.4', text: 'The server binds the challenge to the code. Neither the answer nor the code shows it.' },
    {
      section: '4.4.1',
      text: 'A missing or malformed challenge is `invalid_request`, also for a client with a secret.'
    },
    {
      section: '4.4.1',
      text: 'So is another method than `S256`, and none, which means `plain`. The description says what is required.',
      tests: 'no method plain'
    },
    { section: '4.5', text: 'A client sends the verifier with the code.' },
    {
      section: '4.6',
      text: 'The server compares the verifier with the challenge of its code. A wrong one is `invalid_grant`.'
    },
    {
      section: '5',
      text: 'A server may accept clients that do not know this extension.',
      reason: 'Not used: every client must send a challenge (RFC 9700 §2.1.1).'
    },
    {
      section: '5',
      text: 'A client sends a challenge to all servers, also to those that may not know it.',
      tests: 'a provider without a list'
    },
    { section: '7.1', text: 'A verifier has 256 random bits.' },
    {
      section: '7.2',
      text: 'There is no `plain`: the server does not accept it, and a client does not fall back to it.'
    },
    {
      section: '7.3',
      text: 'A challenge needs no salt.',
      reason: 'Nothing to test: the verifier is random and not a password.'
    },
    { section: '7.4', text: 'The security considerations of OAuth apply.', reason: 'See RFC 6749 §10 and RFC 9700.' },
    { section: '7.5', text: 'Requests and responses travel over TLS.', reason: 'See RFC 6749 §3.1.' },
    {
      section: 'A',
      text: 'Base64url has no padding.',
      reason: 'Node.js encodes it. The example of Appendix B proves it.'
    },
    { section: 'B', text: 'The example of the RFC works.' }
  ]
}
