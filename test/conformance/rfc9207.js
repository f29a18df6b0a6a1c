export default {
  number: 9207,
  title: 'Authorization Server Issuer Identification',
  requirements: [
    { section: '2', text: 'Every authorization response has `iss`: those with a code, with an error, and in a form.' },
    {
      section: '2',
      text: '`iss` is an https URL without query and fragment. On loopback it may be http, for development.',
      tests: 'no issuer but'
    },
    { section: '2.3', text: '`iss` is the issuer of the metadata, as a text.', tests: 'as iss' },
    { section: '2.3', text: 'The metadata announce `iss`.', tests: 'exactly what is true' },
    {
      section: '2.4',
      text: 'A client refuses a response whose `iss` differs from the issuer of the login, or is repeated. It refuses one without `iss` if the metadata announce it.',
      tests: ['parameter iss is', 'two parameters iss', 'authorizes as']
    },
    {
      section: '2.4',
      text: 'A client checks `iss` of an error response before it shows the error.',
      tests: 'before an error'
    },
    {
      section: '2.4',
      text: 'A client refuses `iss` from a server that does not announce it.',
      tests: 'parameter iss is',
      reason:
        'Differs, as the RFC allows: it is compared, and refused if it is wrong. Popular servers send it and do not announce it.'
    },
    {
      section: '2.4',
      text: 'A client compares `iss` of every provider.',
      reason:
        'Differs for a provider with many issuers, as `microsoft()` with any directory: the issuer is known from the ID token only. Such a provider has its own redirect URI.'
    },
    { section: '3', text: 'The metadata have `authorization_response_iss_parameter_supported`.' },
    {
      section: '4',
      text: 'No two servers have the same issuer.',
      reason: 'Two providers with one issuer are the same server to a client: the issuer’s metadata name its endpoints.'
    }
  ]
}
