/** brace-expansion 1: bash's braces. It has no types of its own. */
declare module 'brace-expansion' {
  /** All that a text with `{a,b}` and `{1..3}` stands for, in bash's order; the text itself where it has none. */
  export default function expand(text: string): string[]
}
