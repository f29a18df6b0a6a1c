export * from '@latchkey/store/memory'
