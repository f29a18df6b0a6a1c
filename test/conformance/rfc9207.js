export default {
  number: 9207,
  title: 'Authorization Server Issuer Identification',
  requirements: [
    { section: '2', text: 'Every authorization response has `iss`: those with a code, with an error, and in a form.' },
    { section: '2.3', text: '`iss` is the issuer of the metadata, as a text.' },
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
      text: 'A client compares `iss` of every provider.',
      reason:
        'Differs for a provider with many issuers, as `microsoft()` with any directory: the issuer is known from the ID token only. Such a provider has its own redirect URI.'
    },
    { section: '3', text: 'The metadata have `authorization_response_iss_parameter_supported`.' }
  ]
}
