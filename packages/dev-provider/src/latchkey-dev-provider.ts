#!/usr/bin/env node
// Runs a provider until it is told to stop.
import { run } from './command-line.ts'

await run(process.argv.slice(2))
