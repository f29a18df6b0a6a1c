#!/usr/bin/env node
// Runs a provider until it receives SIGINT or SIGTERM.
import { run } from './command-line.ts'

await run(process.argv.slice(2))
