export type { ClientDocumentsOptions } from './client-documents/options.ts'
export type { Consent } from './consent/consents.ts'
export type { DeviceOptions } from './device/options.ts'
export type { ClientAuthorizationEvent } from './events.ts'
export type { AuthorizationEndpointOptions } from './options.ts'
export type {
  AuthorizationPage,
  ConsentPage,
  DescribedScope,
  DevicePage,
  FaultPage,
  RenderPage,
  UserCodePage,
  WayBack
} from './pages.ts'
export type { RegistrationOptions } from './registration/options.ts'
export { type AuthorizationEndpoint, default } from './plugin.ts'
