export { accessTransform } from './access-transform.ts'
export type { OpenapiOptions } from './options.ts'
export { default } from './plugin.ts'
export type { InitOAuth, UiConfig } from './ui-options.ts'
