import type { InspectedPlugin } from '@latchkey/guard/plugin'

/** The environment variable that tells a process to inspect a file: a {@link Task} as JSON. */
export const TASK_VARIABLE = 'LATCHKEY_INSPECT'

/** The work of the inspecting process. */
export interface Task {
  /** The absolute path of the app file. */
  readonly file: string
  /** Whether the file runs as the main program, until it calls `listen()`. */
  readonly run: boolean
}

/** A route of a server, guarded or not. */
export interface ListedRoute {
  readonly method: string | readonly string[]
  readonly url: string
}

/** What the inspecting process tells about a server that is ready. */
export interface ServerReport {
  readonly plugins: readonly InspectedPlugin[]
  /** All routes of the server. */
  readonly routes: readonly ListedRoute[]
  /** Whether the server itself speaks TLS. */
  readonly isHttps: boolean
  /** Whether `NODE_ENV` is `production`. */
  readonly isProduction: boolean
}

/** Why there is no server that is ready. */
export interface LoadFailure {
  readonly name: string
  /** The `code` of the error, such as `LATCHKEY_REGISTRATION`; empty if it has none. */
  readonly code: string
  readonly message: string
}

/** A request for `app.inject()`. */
export interface InjectedRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly payload: string
}

/** The answer of `app.inject()`. */
export interface InjectedResponse {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly payload: string
}

/** The messages to the inspecting process. */
export type Order =
  | { readonly order: 'inject'; readonly request: InjectedRequest }
  | { readonly order: 'rotate' }
  | { readonly order: 'close' }

/** The messages of the inspecting process. Other messages are of the application. */
export type Answer =
  | { readonly latchkey: 'ready'; readonly report: ServerReport }
  | { readonly latchkey: 'failed'; readonly failure: LoadFailure }
  | { readonly latchkey: 'injected'; readonly response: InjectedResponse }
  | { readonly latchkey: 'rotated' }

/** Whether a message is an {@link Answer}. */
export function isAnswer(message: unknown): message is Answer {
  return typeof message === 'object' && message !== null && 'latchkey' in message
}
