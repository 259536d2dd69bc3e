import { isNativeError, isSharedArrayBuffer } from 'node:util/types'
import type { ModelReference } from '../classifier.js'
import { BlindspotError, type ErrorCode } from '../errors.js'
import type { AdversarialBatch } from '../records/adversarial.js'
import type { ImageBatch } from '../records/image.js'
import type { AttackStats } from './queue.js'
import type { Backend } from '../tensor/backend.js'
import type { BackendName } from '../tensor/backendName.js'
import type { EngineOptions } from './attacker.js'

/** A thread's workerData. */
export interface ThreadData {
  /** Backend to compute with. Default: as `useBackend` chooses. */
  readonly backend: BackendName | undefined
}

/** `task` is one attack; several can be at work in a thread. */
export type ToThread =
  | {
      readonly kind: 'open'
      readonly task: number
      readonly model: ModelReference
      readonly options: EngineOptions
    }
  | { readonly kind: 'add'; readonly task: number; readonly id: number; readonly batch: ImageBatch }
  | { readonly kind: 'close'; readonly task: number }

export type FromThread =
  | { readonly kind: 'ready'; readonly backend: ThreadBackend }
  /** The thread cannot be used. */
  | { readonly kind: 'unusable'; readonly error: SentError }
  | { readonly kind: 'warning'; readonly message: string }
  | { readonly kind: 'admitted'; readonly task: number; readonly images: number }
  | {
      readonly kind: 'done'
      readonly task: number
      readonly id: number
      readonly rows: AdversarialBatch
      readonly stats: AttackStats
    }
  | { readonly kind: 'failed'; readonly task: number; readonly error: SentError }

/** What a thread computes with. */
export interface ThreadBackend extends Backend {
  /** Names and versions, as `backendVersions` gives them. */
  readonly versions: Readonly<Record<string, string>>
}

/** An error between threads, where a class does not survive. */
export interface SentError {
  readonly code: ErrorCode | undefined
  readonly message: string
  readonly stack: string | undefined
}

export function sentError(error: unknown): SentError {
  const code = error instanceof BlindspotError ? error.code : undefined
  return isNativeError(error)
    ? { code, message: error.message, stack: error.stack }
    : { code, message: String(error), stack: undefined }
}

export function receivedError({ code, message, stack }: SentError): Error {
  const error = code ? new BlindspotError(code, message) : new Error(message)
  if (stack !== undefined) error.stack = stack
  return error
}

/** The memory of a batch's columns, each of which has to have its own. */
export function columnsOf(batch: ImageBatch | AdversarialBatch): ArrayBuffer[] {
  return Object.values(batch).flatMap((column: unknown) =>
    ArrayBuffer.isView(column) && !isSharedArrayBuffer(column.buffer) ? [column.buffer] : [],
  )
}
