/** What stands in for a secret. */
const HIDDEN = '***'

/** `user:password@` of a URL; of a queue's also where a password has characters that should have been escaped. */
const USERS = [/\b((?:rediss?|postgres(?:ql)?):\/\/)\S*@/gi, /\b([a-z][\w+.-]*:\/\/)[^\s/?#]*@/gi]
/** What of a URL's options is secret. */
const OPTIONS =
  /([?&](?:[\w-]*(?:password|passwd|pwd|passphrase|secret|token|signature)|pass|sig)=)[^&#\s]*/gi

/**
 * A text such as a command line's argument, with `***` in place of what URLs in it have of names, passwords and keys.
 *
 * @example withoutCredentials('redis://me:secret@queue:6379/0') // redis://***@queue:6379/0
 */
export const withoutCredentials = (text: string): string =>
  USERS.reduce((clean, user) => clean.replace(user, `$1${HIDDEN}@`), text).replace(OPTIONS, `$1${HIDDEN}`)
