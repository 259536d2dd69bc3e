import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** tfjs-node's binding keeps the attribute names that it has seen in a set of the process, which two threads can break. */
const SHARED_SET = 'static std::set<std::string> ATTR_NAME_SET;'
const SET_PER_THREAD = 'static thread_local std::set<std::string> ATTR_NAME_SET;'

/**
 * TensorFlow's matrix product for AVX-512 uses the stack pointer for addresses of its own. A signal that Node handles
 * (Ctrl-C, a window's new size, a profiler's tick) then puts its frame into the heap, and the process dies of it or goes on
 * with other numbers. So signals wait while TensorFlow works; its own threads, which are made meanwhile, never take any.
 */
const HELD_SIGNALS = `
#ifndef _WIN32
#include <signal.h>
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t held;
    sigfillset(&held);
    const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT};
    for (int fault : faults) sigdelset(&held, fault);
    pthread_sigmask(SIG_SETMASK, &held, &before_);
  }
  ~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};
#else
class HeldSignals {};
#endif
`
/** The calls during which it works; what a comma follows lives until the statement's end. */
const WORKING = ['tfe_context_ = TFE_NewContext(', 'TFE_Execute(tfe_op.op,']

/** The binding's main source, made fit for worker threads and for signals where it is not. */
export function bindingSource(packageFolder: string): string {
  const source = readFileSync(join(packageFolder, 'binding', 'tfjs_backend.cc'), 'utf8')
  const safe = WORKING.reduce(
    (text, call) => text.replace(call, `HeldSignals(), ${call}`),
    source.replace(SHARED_SET, SET_PER_THREAD),
  )
  return HELD_SIGNALS + safe
}
