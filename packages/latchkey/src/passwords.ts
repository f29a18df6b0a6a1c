export * from '@latchkey/passwords'
