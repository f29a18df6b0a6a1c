// It ships no types. Only what the test uses is declared.
declare module 'token-introspection' {
  interface Options {
    readonly endpoint: string
    readonly client_id: string
    readonly client_secret: string
    readonly fetch: typeof globalThis.fetch
  }

  /** Gives a function that asks about a token, and rejects when the token is not active. */
  export default function tokenIntrospection(
    options: Options
  ): (token: string, tokenTypeHint?: string) => Promise<Readonly<Record<string, unknown>>>
}
