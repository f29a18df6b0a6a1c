/**
 * Discord, Google and plain OpenID Connect on loopback, for development and tests.
 *
 * @packageDocumentation
 */
export { RegistrationError } from '@latchkey/options'
export { type DevClient, defaultClient } from './client.ts'
export { type DevProvider, devProvider } from './dev-provider.ts'
export type { FaultName, FaultSettings } from './faults/settings.ts'
export type { ActiveFault, Faults } from './faults/switches.ts'
export type { DevProviderOptions } from './options.ts'
export type { Person } from './person.ts'
export type { Endpoint, Endpoints, ProfileName } from './profiles/endpoints.ts'
