export { identity } from '../operators/identity.js'
