/** cephes 3, functions of the Cephes library in WebAssembly: the part of it that is used. Its own types are for `require` alone. */
declare module 'cephes' {
  /** Resolved once the functions can be called. */
  export const compiled: Promise<void>
  /** The value that Student's t with `degrees` degrees of freedom, a whole number from 1, is at most with probability `p`. */
  export function stdtri(degrees: number, p: number): number
}
