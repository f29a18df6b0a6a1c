// It ships no types. This file declares only the members that the test uses.
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
