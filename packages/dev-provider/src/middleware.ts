import type { Provider } from 'oidc-provider'

/** A step on the way of a request through oidc-provider, which is a Koa application. */
export type Middleware = Parameters<Provider['use']>[0]

/** A request and its answer. */
export type Context = Parameters<Middleware>[0]
