export { accessTransform } from './access-transform.ts'
export { default, type OpenapiOptions } from './plugin.ts'
export type { InitOAuth, UiConfig } from './ui-options.ts'
