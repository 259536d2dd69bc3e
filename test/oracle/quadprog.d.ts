/** quadprog 1.6: R's package of that name (Goldfarb and Idnani 1983) in JavaScript. It has no types of its own. */
declare module 'quadprog' {
  /** Fortran's arrays: the first element is at 1, what is at 0 is not looked at. */
  export type Vector = number[]
  export type Matrix = Vector[]

  /**
   * minimise ½ xᵀ D x − dᵀ x  subject to  Aᵀ x ≥ b
   *
   * @param D [n × n] positive definite; overwritten
   * @param d [n] overwritten
   * @param A [n × constraints]
   */
  export function solveQP(
    D: Matrix,
    d: Vector,
    A: Matrix,
    b: Vector,
  ): { readonly solution: Vector; readonly message: string }
}
