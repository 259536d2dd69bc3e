import type { Address, Vectors } from './vectors.js'

/** Share of the norm below which a gain is not worth an evaluation. */
const LEAST_GAIN = 1e-3
/** The nearest point on the tangent is a root in one unknown, found to this share in so many iterations at most. */
const ROOT_TOLERANCE = 1e-6
const ROOT_ITERATIONS = 30

/** What the next evaluation is for. */
type Stage = 'segment' | 'tangent' | 'correction'

/**
 * The nearest point of the target class that a search has ever evaluated, brought closer by three evaluations at most:
 *
 * 1. along the segment to the original, to where the class ends;
 * 2. from there along the boundary: to the point of its tangent, in the box, that is nearest to the original;
 * 3. where that is not yet the class, outwards until it is.
 */
export class Polish {
  private readonly point: Address
  private squares = Infinity
  private margin = NaN
  private readonly candidate: Address
  private stage: Stage = 'segment'
  private leastMargin = NaN

  constructor(
    private readonly vectors: Vectors,
    private readonly origin: Address,
  ) {
    this.point = vectors.allocate()
    this.candidate = vectors.allocate()
  }

  reset(): void {
    this.squares = Infinity
  }

  /** ‖x − x₀‖ of the nearest example; NaN where none was seen. */
  get norm(): number {
    return this.squares < Infinity ? Math.sqrt(this.squares) : NaN
  }

  /** Takes note of an evaluated point of the target class. */
  see(x: Address, squares: number, margin: number): void {
    if (squares >= this.squares) return
    this.vectors.copy(this.point, x)
    this.squares = squares
    this.margin = margin
  }

  /** Begins with the segment, whose other end is on the wrong side by `cleanMargin`. */
  start(cleanMargin: number, leastMargin: number): void {
    const { margin, point } = this
    this.leastMargin = leastMargin
    this.stage = 'segment'
    this.toCandidate(point, 1 - Math.max(0, margin - this.aim) / (margin + cleanMargin))
  }

  /** Writes the point to evaluate. */
  place(trial: Address): void {
    this.vectors.copy(trial, this.candidate)
  }

  /** Takes the margin at the trial and its gradient (`see` had the point before); false where the polish is done. */
  advance(margin: number, gradient: Address): boolean {
    switch (this.stage) {
      case 'segment':
        this.stage = 'tangent'
        return this.toTangent(margin, gradient)
      case 'tangent':
        this.stage = 'correction'
        return !(margin > this.leastMargin) && this.outwards(margin, gradient)
      case 'correction':
        return false
    }
  }

  private get aim(): number {
    return 2 * this.leastMargin
  }

  /** The candidate's norm has to be less than the least so far. */
  private worthwhile(squares: number): boolean {
    return squares < this.squares * (1 - LEAST_GAIN) ** 2
  }

  /** candidate = P(x₀ + t (from − x₀)) */
  private toCandidate(from: Address, t: number): void {
    const { kernel, n, low, high } = this.vectors
    kernel.along(this.candidate, this.origin, from, t, n, low, high)
  }

  /** candidate = P(x₀ + ν gradient) with the linearised margin at its aim. */
  private toTangent(margin: number, gradient: Address): boolean {
    const { vectors, candidate, origin } = this
    const { kernel, n, low, high } = vectors
    const goal = kernel.slopeTo(candidate, origin, gradient, n) - margin + this.aim
    const gradientSquares = kernel.slopeTo(gradient, vectors.zero, gradient, n)
    if (!(goal > 0 && gradientSquares > 0)) return false
    // what is reached grows with ν, ever more slowly as the box stops pixels: false position from the left
    let nu = goal / gradientSquares
    let below = { nu: 0, reached: 0 }
    for (let iteration = 0; iteration < ROOT_ITERATIONS; iteration++) {
      const reached = kernel.place(candidate, origin, nu, gradient, gradient, n, low, high)
      if (Math.abs(reached - goal) <= ROOT_TOLERANCE * goal) break
      const slope = (reached - below.reached) / (nu - below.nu)
      if (!(slope > 0)) return false
      below = { nu, reached }
      nu += (goal - reached) / slope
    }
    return this.worthwhile(kernel.squaredDistance(candidate, origin, n))
  }

  private outwards(margin: number, gradient: Address): boolean {
    const { vectors, candidate, origin } = this
    const { kernel, n } = vectors
    const t = 1 + (this.aim - margin) / kernel.slopeTo(candidate, origin, gradient, n)
    if (!(t > 1 && t < 2)) return false
    this.toCandidate(candidate, t)
    return this.worthwhile(kernel.squaredDistance(candidate, origin, n))
  }
}
