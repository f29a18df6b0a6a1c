import type { Provider } from 'oidc-provider'

/** A request and its answer in oidc-provider, which is a Koa application. */
export type Context = Parameters<Parameters<Provider['use']>[0]>[0]

/** A step in the handling of a request. */
export type Middleware = (ctx: Context, next: () => Promise<void>) => Promise<void>
