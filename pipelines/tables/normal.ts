import { createRequire } from 'node:module'
import type gaussian from 'gaussian'

const require = createRequire(import.meta.url)

/** The standard normal distribution; its package is loaded when it is first asked. */
export const normal = () => (require('gaussian') as typeof gaussian)(0, 1)
