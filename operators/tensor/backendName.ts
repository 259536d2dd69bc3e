/** Backends in the order in which they are tried. */
export const backendNames = ['native', 'wasm', 'cpu'] as const
/** `native`: TensorFlow's C library; `wasm`: WebAssembly; `cpu`: plain JavaScript. */
export type BackendName = (typeof backendNames)[number]

let used: BackendName | undefined

/** The backend that this thread uses; known without loading any, so that other threads can be given the same. */
export const usedBackend = (): BackendName | undefined => used

/** Notes the backend that this thread uses; for `useBackend` alone. */
export function rememberBackend(name: BackendName): void {
  used = name
}
