export * from '@latchkey/store/redis'
