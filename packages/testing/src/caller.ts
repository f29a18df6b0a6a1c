import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'

/** A request without its method and URL. */
export type RequestOptions = Omit<InjectOptions, 'method' | 'url' | 'path'>

/** Sends requests with the credentials of one principal. All members resolve to the answer of Fastify's `inject()`. */
export interface Caller {
  /**
   * Sends a request, as `app.inject()` does, with the credentials added. A header of the request replaces the one of the same
   * name that the caller would send.
   */
  inject(request: InjectOptions | string): Promise<LightMyRequestResponse>
  /** Sends a GET request. */
  get(url: string, options?: RequestOptions): Promise<LightMyRequestResponse>
  /** Sends a POST request. Its body is `options.payload`. */
  post(url: string, options?: RequestOptions): Promise<LightMyRequestResponse>
  /** Sends a PUT request. Its body is `options.payload`. */
  put(url: string, options?: RequestOptions): Promise<LightMyRequestResponse>
  /** Sends a PATCH request. Its body is `options.payload`. */
  patch(url: string, options?: RequestOptions): Promise<LightMyRequestResponse>
  /** Sends a DELETE request. */
  delete(url: string, options?: RequestOptions): Promise<LightMyRequestResponse>
}

/** Makes a caller from the function that adds the credentials to a request. */
export function callerOf(send: (request: InjectOptions) => Promise<LightMyRequestResponse>): Caller {
  const inject: Caller['inject'] = async (request) => send(typeof request === 'string' ? { url: request } : request)
  const by =
    (method: NonNullable<InjectOptions['method']>): Caller['get'] =>
    async (url, options) =>
      send({ ...options, method, url })
  return Object.freeze({
    inject,
    get: by('GET'),
    post: by('POST'),
    put: by('PUT'),
    patch: by('PATCH'),
    delete: by('DELETE')
  })
}

/** Sends a request with more headers. Those of the request itself win. */
export async function injectWith(
  app: FastifyInstance,
  request: InjectOptions,
  headers: Readonly<Record<string, string>>
): Promise<LightMyRequestResponse> {
  return app.inject({ ...request, headers: { ...headers, ...lowerCased(request.headers ?? {}) } })
}

/** Returns headers with names in lower case, so that one header has one name. */
export function lowerCased<Value>(headers: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
