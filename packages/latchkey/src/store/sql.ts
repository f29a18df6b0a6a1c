export * from '@latchkey/store/sql'
